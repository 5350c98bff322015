/** Vehicles and things outside. noun; size; colours; material; what one does with it; where it is found */
export const OUTDOORS = `
bicycle; big; red, blue; metal; ride it to school; on the road
scooter; big; green, silver; metal; roll along on it; on the pavement
sled; big; red, wooden; wood; slide down a snowy hill on it; on a snowy hill
wagon; big; red, little; wood; pull things along; in a yard
cart; big; old, wooden; wood; carry hay in it; on a farm
boat; big; white, small; wood; sail across water in it; in a harbour
canoe; big; long, green; wood; paddle down a river in it; on a river
raft; big; flat, wooden; logs; float on a lake on it; on a lake
train; big; long, fast; steel; travel far in it; at a station
bus; big; yellow, red; metal; ride to town in it; on the road
car; big; blue, shiny; metal; drive it on the road; on the road
truck; big; big, orange; metal; carry heavy loads in it; on the road
tractor; big; green, slow; metal; plough a field; on a farm
airplane; big; white, silver; metal; fly over the clouds in it; at an airport
helicopter; big; red, noisy; metal; fly straight up in it; in the sky
rocket; big; tall, silver; metal; fly to the moon in it; in space
hot air balloon; big; striped, huge; silk; float over the land in it; in the sky
fire engine; big; red, loud; metal; put out fires; at a fire station
swing; big; wooden, high; wood and rope; go back and forth on it; at a playground
slide; big; long, shiny; metal; slide down it; at a playground
seesaw; big; long, yellow; wood; go up and down on it with a friend; at a playground
tent; big; green, small; cloth; sleep outside in it; in a forest
treehouse; big; little, wooden; wood; play high up in it; in a tree
fence; big; white, long; wood; keep sheep behind it; around a field
gate; big; iron, old; iron; go through it; at the end of a path
well; big; deep, old; stone; draw water from it; in a village
fountain; big; round, tall; stone; splash around in it; in a park
bench; big; long, green; wood; rest on it; in a park
mailbox; big; red, small; iron; put letters in it; at a street corner
windmill; big; tall, white; stone; grind corn in it; on a hill
lighthouse; big; tall, white; stone; see ships from it; by the sea
scarecrow; big; funny, ragged; straw; scare crows with it; in a field
birdhouse; small; blue, little; wood; watch birds live in it; in a tree
beehive; big; yellow, busy; straw; keep bees in it; in a garden
snowman; big; round, white; snow; put a hat on it; in a winter garden
sandcastle; big; tall, fine; sand; play kings in it; on a beach
campfire; big; warm, bright; sticks; sit around it and sing; in a clearing
bridge; big; stone, long; stone; cross a river on it; over a river
tower; big; tall, grey; stone; see far from it; in a castle
flowerpot; small; brown, blue; clay; grow a flower in it; on a windowsill
hammock; big; soft, striped; string; nap in it; in a garden
wheelchair; big; fast, silver; metal; roll instead of walking in it; on a ramp
snow shovel; small; wide, blue; metal; clear the path; in winter
life ring; small; white, orange; cork; save a swimmer; on a boat
oar; small; long, wooden; wood; row a boat; in a boat
anchor; big; heavy, rusty; iron; hold a ship in place; on a ship
`;
