/** Things of the kitchen and the house. noun; size; colours; material; what one does with it; where it is found */
export const KITCHEN = `
cup; small; white, blue; clay; drink tea from it; in a cupboard
mug; small; red, big; clay; drink cocoa from it; in a cupboard
bowl; small; wooden, blue; wood; eat soup from it; on a table
plate; small; white, round; china; put food on it; on a table
spoon; small; silver, wooden; silver; eat soup; in a drawer
fork; small; silver, shiny; steel; pick up food; in a drawer
pot; small; black, heavy; iron; cook stew in it; on a stove
pan; small; black, flat; iron; fry eggs in it; on a stove
kettle; small; silver, old; steel; boil water in it; on a stove
teapot; small; white, round; china; pour tea from it; on a tray
jar; small; clear, tall; glass; keep jam in it; on a shelf
jug; small; blue, brown; clay; pour milk from it; on a table
bottle; small; green, clear; glass; keep water in it; on a shelf
lid; small; round, flat; tin; cover a pot; on a pot
tray; small; flat, silver; tin; carry cups on it; in a kitchen
rolling pin; small; long, wooden; wood; roll out dough; in a kitchen
ladle; small; long, silver; steel; serve soup; on a hook
sieve; small; round, fine; metal; sift flour; in a kitchen
towel; small; soft, white; cotton; dry hands; in a bathroom
sponge; small; yellow, soft; foam; wash plates; in a sink
bar of soap; small; pink, slippery; fat and oil; wash hands; by a sink
comb; small; brown, green; bone; make hair tidy; in a bathroom
brush; small; hard, brown; wood and hair; brush hair; in a bathroom
toothbrush; tiny; blue, green; plastic; clean teeth; in a bathroom
mirror; small; round, golden; glass; look at oneself in it; on a wall
vase; small; tall, blue; china; put flowers in it; on a table
clock; small; round, old; wood; tell the time; on a wall
lamp; small; golden, tall; brass; make a room bright; on a table
picture frame; small; golden, wooden; wood; put a picture in it; on a wall
cushion; small; soft, purple; velvet; sit on it; on a sofa
rug; big; red, soft; wool; keep a floor warm; on a floor
chair; big; wooden, old; wood; sit on it; at a table
table; big; long, round; wood; eat at it; in a kitchen
bed; big; soft, wide; wood; sleep in it; in a bedroom
sofa; big; green, soft; cloth; sit together on it; in a living room
shelf; big; long, wooden; wood; keep books on it; on a wall
wardrobe; big; tall, old; wood; hang clothes in it; in a bedroom
stove; big; black, hot; iron; cook food on it; in a kitchen
bathtub; big; white, deep; iron; take a bath in it; in a bathroom
doormat; small; brown, rough; straw; wipe feet on it; at a door
money box; small; pink, blue; clay; save coins in it; on a shelf
birdcage; small; golden, empty; wire; keep a bird in it; at a window
`;
