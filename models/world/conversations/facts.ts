/** What users tell of themselves: the ways to say it, to ask for it, and to answer. */
import type { ListName } from "./lists.ts";
import { tableOf } from "./slots.ts";

/** A fact with {x}, a second thing {y} that stays the same, the question, and its answer. */
export interface Fact {
  readonly says: readonly string[];
  readonly asks: readonly string[];
  readonly answers: readonly string[];
  readonly x: ListName;
  readonly y: ListName | undefined;
}

/* what is said | questions | answers | words of x | words of y */
export const FACTS: readonly Fact[] = tableOf(`
My name is {x}. / I am {x}. / I'm called {x}. / You can call me {x}. | What is my name? / What am I called? / Do you still know my name? / Who am I? | Your name is {x}. / You are {x}. / Yes, you are {x}. | names |
I have {an x} at home. / We have {an x}. / My pet is {an x}. | What pet do I have? / Which animal do we have? / What kind of animal is my pet? | You have {an x}. / It is {an x}. | animals |
My {y} is named {x}. / We call our {y} {x}. / I have {an y}, and its name is {x}. | What is the name of my {y}? / How do we call our {y}? / What is my {y} named? | Your {y} is named {x}. / Its name is {x}. / It is called {x}. | animalNames | animals
I live {x}. / My home is {x}. / We live {x}. | Where do I live? / Where is my home? / Do you know where I live? | You live {x}. / Your home is {x}. | homes |
My {y} is {x}. / The {y} that I have is {x}. / I got a new {y}. It is {x}. | What colour is my {y}? / Which colour has my {y}? / What does my {y} look like? | Your {y} is {x}. / It is {x}. | colours | things
I like {x} best. / I love {x}. / My favourite food is {x}. | What do I like to eat? / What food do I like best? / What do I love? | You like {x}. / You love {x}. | foods |
My {y} is {an x}. / My {y} works as {an x}. | What does my {y} do? / What is my {y}'s work? / What is my {y}? | Your {y} is {an x}. / {An x}. | work | people
My {y} is called {x}. / The name of my {y} is {x}. | What is my {y}'s name? / How is my {y} called? / Who is my {y}? | Your {y} is called {x}. / {x} is your {y}. / The name is {x}. | names | people
I have {x} {+y}. / There are {x} {+y} in my room. / I counted {x} {+y} today. | How many {+y} are there? / How many {+y} did I say? / What was the number of {+y}? | There are {x} {+y}. / You said {x}. / {x}. | numbers | counted
On {x} I will visit my {y}. / I visit my {y} on {x}. | When do I visit my {y}? / On which day do I see my {y}? | You visit your {y} on {x}. / On {x}. | days | people
I lost my {x}. / I cannot find my {x} any more. / Somebody took my {x}. | What did I lose? / What is gone? / What am I looking for? | You lost your {x}. / Your {x} is gone. | things |
I found {an x} today. / Look, I found {an x}! | What did I find? / What have I found today? | You found {an x}. / {An x}. | things |
I like to {x}. / My hobby is this: I {x}. | What do I like to do? / What is my hobby? | You like to {x}. | hobbies |
I am scared of {x}. / I do not like {x}. They frighten me. | What scares me? / What frightens me? / What am I scared of? | You are scared of {x}. | scares |
The {y} is in the {x}. / I put the {y} into the {x}. | Where is the {y}? / Where did I put the {y}? | The {y} is in the {x}. / In the {x}. | hidden | things
My {y} plays the {x}. / My {y} has a new {x}. | What does my {y} play? / Which instrument has my {y}? | The {x}. / Your {y} has the {x}. | instruments | people
I was born in {x}. / My birthday is in {x}. | When is my birthday? / In what month do I have my birthday? | In {x}. / It is in {x}. | months |
My favourite colour is {x}. / The colour that I like best is {x}. | What is my favourite colour? / Which colour do I like best? | It is {x}. / You like {x} best. | colours |
My favourite animal is the {x}. / I like {+x} more than all other animals. | What is my favourite animal? / Which animal do I like best? | It is the {x}. / You like the {x}. | animals |
My {y} has {x} brothers. / There are {x} children in the house of my {y}. | What number did I tell you? / How many did I say? | {x}. / You said {x}. | numbers | people
I would like to be {an x} one day. / When I am big, I will be {an x}. | What would I like to be? / What will I be when I am big? | {An x}. / You would like to be {an x}. | work |
My {y} is made of {x}. / I made {an y} of {x}. | What is my {y} made of? / Of what did I make the {y}? | It is made of {x}. / Of {x}. | materials | things
We will go to the {y} on {x}. / On {x} we drive to the {y}. | When will we go to the {y}? / On what day do we drive to the {y}? | On {x}. / You go there on {x}. | days | places
Today I went to the {x}. / I was at the {x} this morning. | Where did I go today? / Where was I this morning? | You were at the {x}. / You went to the {x}. | places |
For lunch I had {an x}. / I ate {an x} today. | What did I eat? / What did I have for lunch? | You had {an x}. / {An x}. | foods |
I drank {x} this morning. / I always drink {x}. | What did I drink? / What do I drink? | You drink {x}. / {x}. | drinks |
My teacher is called Miss {x}. / Our teacher is Mister {x}. / I learn with Mrs {x}. | What is my teacher's name? / Who teaches me? | Your teacher is called {x}. / It is {x}. | names |
I live in a village called {x}. / My village is {x}. | What is my village called? / In which village do I live? | It is called {x}. / You live in {x}. | villages |
I collect {+x}. / I have a box full of {+x}. | What do I collect? / What is in my box? | You collect {+x}. / Your box is full of {+x}. | things |
Last week I planted {an x} tree. / There is {an x} tree in front of my window. | What kind of tree do I have? / Which tree did I talk about? | {An x} tree. / It is {an x} tree. | trees |
I gave my {y} {an x}. / My {y} got {an x} from me. | What did I give to my {y}? / What did my {y} get? | You gave your {y} {an x}. / {An x}. | things | people
{An x} came into our house today. / There was {an x} in front of our door. | Which animal came to us? / What was at our house? | {An x}. / It was {an x}. | animals |
My best friend is {x}. / I always play with {x}. | What is my friend's name? / With whom do I play? | Your friend is {x}. / With {x}. | names |
The fruit that I like most is the {x}. / I like {an x} more than any other fruit. | What fruit do I like most? / Which fruit did I name? | You like the {x}. / The {x}. | fruits |
My {y} and I like to {x}. / On Sundays we {x}. | What do we like to do? / What do we do on Sundays? | You like to {x}. / You {x}. | hobbies | people
{x} frighten me. / I get a fright from {x}. / I run away from {x}. | What gives me a fright? / What do I fear? / What do I run away from? | You fear {x}. / {x}. / You are afraid of {x}. | scares |
I would love to work as {an x} when I am grown up. / I am learning to be {an x}. | What work would I love to do? / What am I learning to be? | You want to be {an x}. / {An x}. | work |
The friend that I like best is {x}. / {x} and I are best friends. | Which friend do I like best? / Who is the friend that I like best? | It is {x}. / {x} is your best friend. | names |
I own {an x y}. / I have {an x y} in my room. / Look at my {x y}! | What colour is the {y} that I own? / Which colour has the {y} in my room? | It is {x}. / The {y} is {x}. | colours | things
I have {an y} of {x}. / I own {an y} that is made of {x}. | Of what is my {y}? / What is the {y} that I own made of? | It is made of {x}. / Of {x}. | materials | things
My {y} sleeps in the {x}. / The bed of my {y} is in the {x}. | Where does my {y} sleep? / Where is the bed of my {y}? | In the {x}. / It sleeps in the {x}. | hidden | animals
My {y} eats {an x} every day. / I give my {y} {an x} every day. | What does my {y} eat? / What do I give my {y}? | Your {y} eats {an x}. / {An x}. | foods | animals
I am {x} years old. / I turned {x} last week. | How old am I? / What is my age? | You are {x} years old. / You are {x}. | numbers |
My {y} is {x} years old. / My {y} turned {x} today. | How old is my {y}? / What is the age of my {y}? | Your {y} is {x} years old. / {x}. | numbers | people
I go to bed at {x}. / At {x} I have to sleep. | When do I go to bed? / At what time do I have to sleep? | At {x}. / You go to bed at {x}. | numbers |
My {y} came by {x}. / My {y} has a new {x}. | How did my {y} come? / What does my {y} have? | By {x}. / Your {y} has {an x}. | vehicles | people
My {y} lives {x}. / The house of my {y} is {x}. | Where does my {y} live? / Where is the house of my {y}? | Your {y} lives {x}. | homes | people
I have to learn the word {x}. / The secret word is {x}. | Which word do I have to learn? / What is the secret word? | The word is {x}. / {x}. | newNames |
The weather here is {x}. / It is {x} outside. | How is the weather here? / What did I say about the weather? | It is {x}. | weather |
I like {x} best of all times of the year. / My favourite season is {x}. | What is my favourite season? / Which time of the year do I like? | You like {x}. / It is {x}. | seasons |
`).map(([says, asks, answers, x, y]) => ({
  says,
  asks,
  answers,
  x: x[0] as ListName,
  y: y[0] as ListName | undefined,
}));
