/** Tools. noun; size; colours; material; what one does with it; where it is found */
export const TOOLS = `
hammer; small; heavy, old; iron; hit nails; in a toolbox
saw; small; sharp, rusty; steel; cut wood; in a shed
shovel; small; old, long; iron; dig holes; in a garden
rake; small; old, green; wood; gather leaves; in a shed
ladder; big; long, wooden; wood; reach high places from it; against a wall
bucket; small; blue, tin; tin; carry water in it; beside a well
rope; small; long, strong; hemp; tie things together; on a boat
broom; small; old, long; straw; sweep the floor; behind a door
lantern; small; golden, rusty; glass; light the way at night with it; on a hook
flashlight; small; black, yellow; plastic; see in the dark; in a drawer
compass; small; golden, round; brass; find the way north; in a sailor's pocket
magnifying glass; small; round, silver; glass; look at tiny things; on a desk
needle; tiny; thin, shiny; steel; sew clothes; in a sewing box
wheelbarrow; big; green, rusty; metal; carry soil in it; in a garden
axe; small; sharp, heavy; iron; chop wood; by a pile of logs
paintbrush; small; thin, soft; wood and hair; paint pictures; in a jar
fishing rod; small; long, thin; bamboo; catch fish; by a river
net; small; wide, green; string; catch things; on a boat
watering can; small; green, silver; tin; water the flowers; in a garden
telescope; small; long, golden; brass; look at the stars; at a window
whistle; tiny; silver, red; metal; call from far away; on a string
bell; small; golden, silver; brass; ring loudly; on a door
key; tiny; golden, rusty; iron; open a lock; on a ring
lock; small; heavy, rusty; iron; keep a door shut; on a gate
candle; small; white, tall; wax; light it on dark nights; on a table
basket; small; brown, round; straw; carry fruit in it; at a market
flute; small; silver, wooden; wood; play high notes; in a music room
drum; small; loud, round; wood and skin; beat time; in a band
guitar; small; brown, red; wood; play songs; on a stage
violin; small; brown, shiny; wood; play sweet music; in a case
trumpet; small; golden, loud; brass; play loud notes; in a band
piano; big; black, old; wood; play it with ten fingers; in a living room
harp; big; golden, tall; wood; play soft music; in a hall
tambourine; small; round, shiny; wood; shake it to a song; in a music room
harmonica; tiny; silver, blue; metal; blow tunes; in a pocket
`;
