/** Things for learning and making. noun; size; colours; material; what one does with it; where it is found */
export const SCHOOL = `
book; small; old, thick, blue; paper; read stories in it; in a library
notebook; small; red, thin; paper; write notes in it; in a bag
pencil; tiny; yellow, short; wood; write and draw; in a pencil case
pen; tiny; blue, golden; metal; write letters; on a desk
crayon; tiny; red, green; wax; colour pictures; in a box
eraser; tiny; pink, white; rubber; rub out mistakes; in a pencil case
ruler; small; long, wooden; wood; draw straight lines; in a desk
map; small; old, folded; paper; find the way; in a drawer
globe; small; round, blue; cardboard; see the whole world on it; in a classroom
painting; small; bright, big; canvas; hang it on a wall; in a museum
drawing; small; funny, colourful; paper; show it to a friend; on a wall
letter; small; long, folded; paper; send news in it; in a mailbox
postcard; small; colourful, pretty; cardboard; send a greeting; in a mailbox
stamp; tiny; red, square; paper; send a letter; at a post office
envelope; small; white, brown; paper; put a letter into it; on a desk
calendar; small; new, square; paper; count the days on it; on a wall
abacus; small; old, wooden; wood; count; in a classroom
glue stick; tiny; white, sticky; paste; stick paper together; in a box
paint box; small; colourful, flat; tin; paint pictures; in a classroom
easel; big; tall, wooden; wood; put a painting on it; in a studio
blackboard; big; black, wide; stone; write on it with chalk; in a classroom
school bag; small; brown, heavy; leather; carry books in it; on a back
lunch box; small; green, square; tin; carry lunch in it; in a bag
photo album; small; old, thick; paper; keep pictures in it; on a shelf
diary; small; secret, little; paper; write down secrets in it; under a pillow
newspaper; small; big, folded; paper; read the news in it; on a porch
ticket; tiny; yellow, small; paper; ride a train with it; in a pocket
flag; small; striped, blue; cloth; wave it at a parade; on a pole
medal; tiny; golden, shiny; gold; wear it around the neck; around a neck
trophy; small; golden, big; silver; put it on a shelf; on a shelf
coin; tiny; golden, shiny; silver; buy something; in a purse
treasure chest; big; old, heavy; wood; hide treasure in it; in a cave
present; small; shiny, wrapped; paper; surprise someone with it; at a party
birthday card; small; colourful, big; paper; wish a happy birthday; at a party
paper boat; small; white, little; paper; sail it on a puddle; on a stream
paper lantern; small; red, round; paper; hang it up at a party; at a fair
clay pot; small; brown, round; clay; grow a plant in it; in a garden
magnet; tiny; red, strong; iron; pick up pins; in a classroom
`;
