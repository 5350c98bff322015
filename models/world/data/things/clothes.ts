/** Things to wear. noun; size; colours; material; what one does with it; where it is found */
export const CLOTHES = `
hat; small; blue, red, black; felt; keep the sun off; on a hook
cap; small; green, red; cotton; shade the eyes; on a peg
scarf; small; red, striped, yellow; wool; keep a neck warm; in a closet
coat; small; brown, green, long; wool; stay warm in winter; on a hook
raincoat; small; yellow, blue; rubber; stay dry in the rain; by the door
sweater; small; green, purple; wool; keep warm; in a drawer
dress; small; pink, white, blue; silk; wear it at a party; in a closet
shirt; small; white, checked; cotton; wear it every day; in a drawer
jacket; small; black, brown; leather; keep out the wind; on a chair
cape; small; red, purple; velvet; wear it and play a hero; in a costume box
apron; small; white, striped; cotton; keep clean in the kitchen; on a hook
belt; small; brown, black; leather; hold things up; on a chair
ring; tiny; golden, silver; gold; wear it on a finger; in a little box
necklace; small; silver, golden; beads; wear it around the neck; in a jewel box
bracelet; tiny; golden, blue; beads; wear it on the wrist; in a jewel box
crown; small; golden, shiny; gold; wear it like a queen; in a palace
ribbon; tiny; pink, blue; silk; tie up hair; in a drawer
button; tiny; red, round; bone; close a coat; in a sewing box
umbrella; small; black, red, spotted; cloth; stay dry in the rain; by the door
backpack; small; blue, green; cloth; carry books in it; on a hook
purse; small; brown, pink; leather; keep coins in it; on a table
blanket; small; soft, blue, striped; wool; keep warm at night; on a bed
pillow; small; soft, white; feathers; rest a head on it; on a bed
watch; tiny; silver, golden; metal; tell the time; on a wrist
handkerchief; tiny; white, checked; cotton; wipe a nose; in a pocket
helmet; small; red, silver; metal; keep a head safe; on a bicycle
badge; tiny; shiny, golden; tin; wear it like a helper; on a jacket
costume; small; funny, green; cloth; dress up in it; in a costume box
wig; small; curly, orange; wool; look funny in it; in a theatre
bonnet; small; white, yellow; cotton; keep a baby's head warm; in a cradle
bow tie; small; red, spotted; silk; look smart in it; in a drawer
cloak; small; long, black; wool; hide from the rain; on a peg
wooden clog; small; yellow, brown; wood; walk through mud in it; by the door
slipper; small; soft, red; felt; keep a foot warm in it; under a bed
`;
