/** Irregular verbs: base form, past, past participle. Verbs that are not here are regular. */
const ROWS = `
be was been, beat beat beaten, become became become, begin began begun, bend bent bent, bite bit bitten, blow blew blown,
break broke broken, bring brought brought, build built built, burn burned burned, buy bought bought,
catch caught caught, choose chose chosen, come came come, cost cost cost, creep crept crept, cut cut cut,
dig dug dug, do did done, draw drew drawn, dream dreamed dreamed, drink drank drunk, drive drove driven,
eat ate eaten, fall fell fallen, feed fed fed, feel felt felt, fight fought fought, find found found,
fly flew flown, forget forgot forgotten, forgive forgave forgiven, freeze froze frozen, get got got,
give gave given, go went gone, grow grew grown, hang hung hung, have had had, hear heard heard,
hide hid hidden, hit hit hit, hold held held, hurt hurt hurt, keep kept kept, kneel knelt knelt,
know knew known, lay laid laid, lead led led, leave left left, lend lent lent, let let let, lie lay lain,
light lit lit, lose lost lost, make made made, mean meant meant, meet met met, pay paid paid, put put put,
read read read, ride rode ridden, ring rang rung, rise rose risen, run ran run, say said said, see saw seen,
sell sold sold, send sent sent, set set set, sew sewed sewn, shake shook shaken, shine shone shone,
show showed shown, shut shut shut, sing sang sung, sink sank sunk, sit sat sat, sleep slept slept,
slide slid slid, speak spoke spoken, spend spent spent, spill spilled spilled, spin spun spun,
spread spread spread, stand stood stood, steal stole stolen, stick stuck stuck, sting stung stung, strike struck struck,
sweep swept swept, swim swam swum, swing swung swung, take took taken, teach taught taught, tear tore torn,
tell told told, think thought thought, throw threw thrown, understand understood understood,
wake woke woken, wear wore worn, weep wept wept, win won won, wind wound wound, write wrote written
`;

/** Past and past participle by base form. */
export const IRREGULAR_VERBS: ReadonlyMap<string, { readonly past: string; readonly participle: string }> =
  new Map(
    ROWS.trim()
      .split(/,\s*/)
      .map((row) => {
        const [base, past, participle] = row.split(" ");
        return [base, { past, participle }];
      }),
  );

/** Verbs that double their last letter before -ed and -ing: stop, stopped, stopping. */
export const DOUBLING_VERBS: ReadonlySet<string> = new Set(
  (
    "beg chat clap dip drag drip drop fit grab grin hop hug hum jog knit knot mop nod pat pet plan plug pop quarrel rub scrub " +
    "shrug skip slip snap swap spot step stir stop tap tip trap trim trip trot tug wag whip wrap zip " +
    "begin cut dig forget get hit let put run set shut sit spin swim win"
  ).split(" "),
);
