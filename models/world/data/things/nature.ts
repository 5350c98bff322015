/** Things that nature makes. noun; size; colours; material; what one does with it; where it is found */
export const NATURE = `
shell; tiny; pink, white, spiral; shell; hear the sea in it; on a beach
pebble; tiny; smooth, grey, white; stone; skip it over water; in a stream
feather; tiny; white, blue, long; feather; tickle a nose; under a nest
leaf; tiny; red, yellow, green; plant; press it in a book; under a tree
acorn; tiny; brown, round; wood; plant it; under an oak
pinecone; small; brown, dry; wood; decorate a room; in a forest
flower; small; yellow, purple, white; plant; give it to a friend; in a meadow
rose; small; red, pink; plant; smell it; in a garden
daisy; small; white, little; plant; make a chain with it; in a meadow
sunflower; small; tall, yellow; plant; watch it turn to the sun; in a field
tulip; small; red, orange; plant; put it in a vase; in a garden
mushroom; small; red, brown; plant; look at it but not eat it; in a forest
seed; tiny; tiny, black; plant; plant it in the soil; in a flower
stick; small; long, thin; wood; throw it for a dog; under a tree
log; big; heavy, mossy; wood; sit on it; in a forest
stone; small; round, flat; stone; build a wall; by a river
crystal; tiny; clear, purple; stone; see it sparkle in the light; in a cave
gem; tiny; green, red; stone; put it in a crown; in a mine
pearl; tiny; white, round; pearl; make a necklace with it; in an oyster
starfish; small; orange, red; skin; count to five on it; on a beach
nest; small; round, brown; twigs; keep eggs safe in it; in a tree
bone; small; white, big; bone; chew it; in a yard
snowball; small; white, cold; snow; throw it; in winter
icicle; small; long, clear; ice; look through it; on a roof
cactus; small; green, prickly; plant; keep it on a windowsill; in a desert
bush; big; green, thick; plant; hide behind it; in a garden
fern; small; green, soft; plant; decorate a room; in a forest
clover; tiny; green, lucky; plant; make a wish on it; in a meadow
dandelion; tiny; yellow, fluffy; plant; blow it away with a wish; in the grass
coconut; small; brown, hairy; shell; drink from it; on an island
rock; big; grey, huge; stone; climb on it; on a mountain
chestnut; tiny; brown, shiny; nut; roast it in a fire; under a tree
walnut; tiny; brown, hard; nut; crack it open; under a tree
driftwood branch; small; grey, smooth; wood; carve it; on a beach
lily; small; white, pink; plant; look at it; on a pond
reed; small; long, green; plant; make a pipe from it; by a pond
honeycomb; small; golden, sticky; wax; take honey from it; in a hive
`;
