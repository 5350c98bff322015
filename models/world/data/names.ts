/** Names, by who bears them. */
const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Names of girls and women. */
export const SHE_NAMES = words(`
Ada Alice Amara Amy Anna Anya Bea Bella Beth Carla Cleo Clara Daisy Dana Dora Edith Ella Elsa Emma Esther Eva Faye Fiona
Freya Gina Grace Greta Hana Hazel Heidi Ida Ines Iris Ivy Jane Jasmine Jill Julia June Kate Kira Lara Layla Leah Lena
Lily Lina Lola Lucy Luna Mae Maria Martha Maya Mia Mina Molly Nadia Nell Nina Nora Olga Olive Pam Paula Pia Priya Rita
Rosa Ruby Ruth Sally Sara Selma Sofia Sue Tara Tess Tilda Uma Vera Wanda Willa Yara Yuki Zara Zoe`);

/** Names of boys and men. */
export const HE_NAMES = words(`
Aaron Abel Adam Alan Alfie Amir Anton Arlo Arthur Asher Ben Bert Bill Bruno Caleb Carl Chen Cody Colin Dan Dario David
Dev Dylan Eddie Eli Emil Enzo Eric Ezra Felix Finn Frank Fred George Gus Hans Harry Hugo Ian Igor Isaac Ivan Jack Jacob
Jamal Jay Joe Jonas Juan Karl Ken Kofi Lars Leo Liam Louis Luca Luke Marco Mark Mateo Max Milo Nate Ned Nico Noah Oliver
Omar Oscar Otto Owen Paul Pedro Peter Ralph Ravi Ray Rob Ron Rory Sam Seth Simon Sven Theo Tim Toby Tom Victor Walt Will
Yusuf Zane`);

/** Names of animals, for either. */
export const ANIMAL_NAMES = words(`
Acorn Bean Biscuit Bobbin Bramble Bubbles Bumble Button Cinder Clover Coco Cookie Copper Dash Dot Dusty Fern Fidget
Flicker Fluff Freckle Fudge Ginger Hickory Honey Jingle Juniper Kipper Maple Marble Misty Mocha Moss Muffin Nibbles
Nutmeg Olly Patch Peanut Pebble Pepper Pickle Pip Poppy Puddle Pumpkin Quill Rusty Sage Scout Scruff Shadow Skipper
Smudge Snowy Socks Sparky Speckle Spot Sprout Storm Sunny Tansy Thistle Tiny Toffee Truffle Tumble Twig Waffle Whiskers
Willow Ziggy`);

/** The names that simple stories use most, by pronoun. */
export const FAMILIAR_NAMES = {
  she: words("Lily Mia Lucy Sue Anna Sara Amy Jane Emma Molly Rosa Ella Clara Nina Zoe"),
  he: words("Tim Ben Sam Tom Max Jack Timmy Bob Leo Joe Billy Peter Paul Fred Mark"),
} as const;

/** Names of people. */
export const PEOPLE_NAMES = [...SHE_NAMES, ...HE_NAMES];
