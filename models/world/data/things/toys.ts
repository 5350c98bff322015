/** Toys. noun; size; colours; material; what one does with it; where it is found */
export const TOYS = `
ball; small; red, blue, yellow; rubber; bounce and catch it; at the playground
kite; small; red, green, striped; paper; let it fly in the wind; on a windy hill
doll; small; pretty, ragged; cloth; dress and hug it; in a toy box
teddy bear; small; brown, white; soft fur; hug it at night; in a bed
toy car; small; red, silver, black; metal; race it across the floor; on a rug
toy train; small; green, red; wood; push it along a track; in a playroom
toy boat; small; white, blue; wood; float it on the water; on a pond
toy plane; small; silver, white; plastic; make it zoom through the air; on a shelf
toy robot; small; silver, grey; metal; wind it up and watch it; in a toy shop
puzzle; small; colourful; cardboard; put it together piece by piece; on a table
yo-yo; small; red, purple; wood; send it up and down on a string; in a pocket
spinning top; small; striped, green; wood; make it spin on the floor; on a table
marble; tiny; blue, green, clear; glass; roll it across the ground; in a little bag
puppet; small; funny, striped; cloth; put on a show; in a toy theatre
jump rope; small; pink, orange; rope; skip over it; at the playground
hula hoop; small; pink, yellow; plastic; spin it around the waist; in the yard
building block; small; red, yellow, blue; wood; build towers; in a playroom
balloon; small; red, yellow, pink; rubber; let it float up to the sky; at a party
toy drum; small; red, blue; tin; bang on it with two sticks; in a playroom
dollhouse; big; pink, white; wood; play house with it; in a bedroom
rocking horse; big; brown, spotted; wood; ride on it without going anywhere; in a nursery
toy castle; big; grey, golden; wood; play knights; in a toy shop
frisbee; small; orange, green; plastic; throw and catch it; in a park
board game; small; colourful; cardboard; play it on a rainy day; on a shelf
toy dinosaur; small; green, purple; plastic; play with it in the sand; in a sandbox
pinwheel; small; silver, striped; paper; watch it turn in the breeze; in a garden
stuffed rabbit; small; grey, white; soft wool; cuddle it; in a bed
music box; small; golden, pink; wood; listen to it; on a shelf
mask; small; golden, scary; paper; hide behind it; at a party
bubble wand; small; purple, yellow; plastic; blow bubbles; in the yard
toy sword; small; silver, wooden; wood; play pirates; in a toy box
toy truck; small; yellow, red; metal; carry sand; in a sandbox
deck of cards; small; red, blue; paper; play games; in a drawer
skateboard; small; green, black; wood; roll down the street on it; on the pavement
`;
