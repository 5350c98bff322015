/**
 * What twenty people say to the chat model, ten turns each, for the card. Some of it the training text never has: other
 * words, questions that no small model can answer, changes of the subject. A system message begins some of them.
 */
export interface Script {
  readonly system?: string;
  readonly says: readonly string[];
}

const script = (lines: string, system?: string): Script => ({
  ...(system === undefined ? {} : { system }),
  says: lines.trim().split("\n"),
});

export const SCRIPTS: readonly Script[] = [
  script(`Hello!
Who are you?
What can you do?
Tell me a story about a goat.
Thank you, that was nice.
What is the opposite of big?
My name is Anna.
What is my name?
What is the capital of Spain?
Goodbye!`),
  script(`hi
how are you
i have a dog named Bello
what is the name of my dog
tell me a story about a dog and a ball
another one please
what does a sheep say
do you like cake
you are funny
bye`),
  script(`Good morning, Cria.
I live in a small house.
Where do I live?
Can you count to three?
What comes after two?
Tell me a story about a train.
Was that a true story?
Who is the president of France?
Why do you not know that?
See you tomorrow.`),
  script(`Are you a person?
Are you a computer?
How old are you?
Do you sleep?
What do you eat?
Do you have a name?
Can you see me?
Can you tell stories?
Then tell me one about a dragon.
Thanks!`),
  script(`Tom put his key into the red box. Where is the key?
Who put it there?
What colour is the box?
Ella gave her apple to Ben. Who has the apple now?
What did Ella give away?
The owl hid the ring under a leaf. What did the owl hide?
Where did the owl hide it?
You are good at this.
Tell me a story about an owl.
Thank you. Goodbye.`),
  script(`Hey there
I am sad today.
I lost my book.
What did I lose?
Can you cheer me up?
Tell me a story about somebody who lost something.
That was good.
What is two plus two?
My book is blue. What colour is my book?
Good night`),
  script(`What is the opposite of hot?
And of up?
And of old?
Name three animals.
Name three colours.
What does a cat say?
What do we call a young sheep?
Say this shorter: The dog, which was very big, ran down the long road.
You know a lot.
Bye bye`),
  script(`I have a cat. It is black.
What colour is my cat?
No, my cat is white now.
What colour is my cat?
I also have a boat.
Do I have a boat?
What pet do I have?
Tell me a story about a cat and a boat.
Nice!
Goodbye, Cria.`),
  script(`Write a story about a girl named Mira and a lost hat.
Who lost the hat?
Write a story about a bear who cannot sleep.
Write a story about two friends and a bridge.
Which of them do you like best?
Can you write a poem?
What is your favourite colour?
Do you have friends?
I like you.
See you soon!`),
  script(`Hello, I am Paul.
I am eight years old.
My sister is called Ida.
How old am I?
What is the name of my sister?
And what is my name?
Tell me a short story about Ida.
Do you know Ida?
What is the biggest city in the world?
Thank you, Cria.`),
  script(
    `Hi Cria!
What is your job?
Tell me a story about the sea.
What do fish do?
I saw a whale.
What did I see?
Was it big?
What is the opposite of wet?
Tell me something about the moon.
Good night!`,
    "You talk to a child. Be kind and simple.",
  ),
  script(
    `Who are you?
What is the opposite of dark?
What does a horse say?
Who wrote Hamlet?
How many legs has a spider?
Name two fruits.
Is the sun hot?
My hat is green. What colour is my hat?
Tell me a story about a hat.
Thanks.`,
    "Answer briefly.",
  ),
  script(`Can you help me?
I need a story for my little brother.
He likes frogs.
Can the frog have a friend?
What does my brother like?
How does a frog sound?
Is a frog green?
Tell him good night.
He is asleep now.
Thank you and good night.`),
  script(`What's up?
tell me a joke
tell me a story then
who was in the story
what happened at the end
make it shorter
i am bored
name a game
do you want to play
ok bye`),
  script(`Good evening.
The baker has bread, and the fisher has a fish. Who has bread?
What does the fisher have?
The baker gives the bread to the fisher. Who has bread now?
Where does the baker live?
I think the baker is called Otto.
What is the baker called?
Tell me a story about a baker.
Did you make that up?
Good night.`),
  script(`Do you speak German?
Do you know what a llama is?
Why are you called Cria?
Who made you?
Are you smart?
Do you make mistakes?
What is 17 times 23?
Can you remember things?
I like tea. What do I like?
You are nice.`),
  script(`Tell me a story about a snowman.
Tell me a story about a red kite.
Tell me a story about a mouse and a lion.
Tell me a story about a brave girl.
Tell me a story about a lost key.
Tell me a story about a birthday.
Tell me a story about an old tree.
Tell me a story about rain.
Tell me a story about a king.
That is enough. Thank you!`),
  script(`You are stupid.
I am sorry.
Are you angry?
Let us be friends.
My favourite food is soup.
What is my favourite food?
No, I said it wrong: it is rice.
What is my favourite food?
Tell me a story about rice.
Bye, my friend.`),
  script(`Hello Cria, I am a teacher.
What is my job?
I have twenty children in my class.
How many children do I have in my class?
Tell them a story about honesty.
What can they learn from it?
What is the opposite of honest?
Give me three words for happy.
Which day comes after Monday?
Thank you for your help.`),
  script(`hello hello
it is raining here
what is the weather here
i got a new bike, it is yellow
what did i get
which colour is it
can you ride a bike
tell me a story about a bike
did you like it
good bye and thanks`),
];
