/* Search: fengpu.search(text). The index is described in publish/search.py, the order of results in
   docs/search-ranking.md; searching.js shows them. */
(function () {
  "use strict";
  const LONGEST = 80;      // Of a longer query only the beginning is looked at.
  const DOUBTED = 3;       // So many pairs of a query are looked up as if they were misspelt.
  const THREES = 6;        // So many threes of its letters are looked up, and the last.
  const FEW = 5;           // Of so many characters one that is wrong leaves too few pairs, so that each counts by itself.
  const KEYS = 20;         // So many pairs of a query are looked up.
  const CLOSE = 6;         // So many of the best are looked at closely.
  const FAR = 0.5;         // What has less than that of the most points is not looked at closely.
  const LONG = 12;         // Nobody types the pinyin of a longer name.
  const PIECES = 96;       // So many pieces of the index are held.

  /* ── The index ── */

  let meta = null, heavy = null, kindAt = null;
  const fold = new Map(), reading = new Map(), sounds = new Set(), used = new Map();

  async function ready() {
    if (meta) return;
    const [found, readings] = await Promise.all([fengpu.ask("search/meta"), fengpu.ask("search/readings")]);
    if (meta) return;
    kindAt = new Uint8Array(found.count);
    found.kinds.forEach(function (one, at) { kindAt.fill(at, one[1]); });
    for (const [sound, characters] of Object.entries(readings)) {
      sounds.add(sound);
      for (const character of characters) reading.set(character, sound);
    }
    const odd = Array.from(found.variants[0]), plain = Array.from(found.variants[1]);
    odd.forEach(function (character, at) { fold.set(character, plain[at]); });
    heavy = new Map(found.heavy ? found.heavy.split(" ").map(function (key, at) { return [key, at]; }) : []);
    found.words = new Set(found.words.concat(Object.keys(found.synonyms)));
    meta = found;
  }

  /* A piece of the index; those that were not asked for lately are let go. */
  function piece(name) {
    used.delete(name);
    used.set(name, true);
    if (used.size > PIECES) {
      const oldest = used.keys().next().value;
      used.delete(oldest);
      fengpu.forget("search/" + oldest);
    }
    return fengpu.ask("search/" + name);
  }

  /* As publish/search.py normal(): one character for one, so that places stay the same. */
  function normal(text) {
    let made = "";
    for (const character of text) {
      const wide = character.normalize("NFKC").toLowerCase();
      // Of a character beyond the first plane NFKC may make two of the first, as long as it is.
      const plain = wide.length === character.length && String.fromCodePoint(wide.codePointAt(0)) === wide ? wide : character;
      made += fold.get(plain) || plain;
    }
    return made;
  }

  function hashed(key) {
    let value = 0x811c9dc5;
    const counts = key.length > 2 && (key[0] === "p" || key[0] === "i") ? key.slice(1, 3) : key;
    for (const character of counts) value = Math.imul(value ^ character.codePointAt(0), 0x01000193) >>> 0;
    return value;
  }

  /* What documents have a key, and how many: {length, packed}. */
  async function postings(key) {
    const own = heavy.get(key);
    const packed = (own === undefined ? (await piece("g/" + hashed(key) % meta.shards))[key] : await piece("h/" + own)) || "";
    let length = 0;
    for (let at = 0; at < packed.length; at++) if (packed.charCodeAt(at) < UPPER) length++;
    return { length: length, packed: packed };
  }

  const NAME = 3, UPPER = 0x5000;
  let scratch = null;

  /* The numbers of the documents times 8, and where in them the key stands; they hold until the next are unpacked. */
  function unpacked(list) {
    if (!scratch) scratch = new Uint32Array(meta.count);
    let count = 0, last = 0, upper = 0;
    for (let at = 0; at < list.packed.length; at++) {
      const code = list.packed.charCodeAt(at);
      if (code >= UPPER) { upper = (code - UPPER) << 14; continue; }
      last += upper + code - 0x23;
      upper = 0;
      scratch[count++] = last;
    }
    return scratch.subarray(0, count);
  }

  async function row(number) {
    const one = (await piece("d/" + Math.floor(number / meta.block)))[number % meta.block];
    return { number: number, id: one[0], kind: one[1], title: one[2], url: one[3], names: one[4], context: one[5], heard: one[6], place: [one[7], one[8]] };
  }

  async function textOf(one) { return (await piece("t/" + one.place[0]))[one.place[1]]; }

  /* A function that gives the words of a facet for any of the documents named. */
  async function column(facet, numbers) {
    const runs = meta.runs[facet];
    if (runs) {
      return function (number) {
        let low = 0, high = runs.starts.length;
        while (high - low > 1) { const middle = (low + high) >> 1; if (runs.starts[middle] <= number) low = middle; else high = middle; }
        return runs.sets[runs.of[low]];
      };
    }
    const wanted = new Set();
    for (const number of numbers) wanted.add(Math.floor(number / meta.chunk));
    const chunks = new Map(await Promise.all(Array.from(wanted, async function (chunk) { return [chunk, await piece("f/" + facet + "/" + chunk)]; })));
    return function (number) {
      const chunk = chunks.get(Math.floor(number / meta.chunk));
      return chunk[0][chunk[1].charCodeAt(number % meta.chunk) - 0x23];
    };
  }

  /* ── The query ── */

  const WORD = /[0-9a-z\u3400-\u9fff]+/g, LATIN = /^[a-z]+$/;
  const QUOTES = /[“”‘’"'「」『』《》〈〉]/g;
  /* What turns words into a question says nothing of what is asked. */
  const ASKING = new RegExp([
    "请问|请教|想知道|想了解|[介绍讲查找看]{1,2}一下|帮我[找查看]?",
    "有没有|有无|是不是|是否|能不能|能否|可不可以|可否|可以",
    "[有是]?(?:多少|几)(?:[个名起件人次场条路户份家天年项]|平方公里|公里|万元|元)?|多久|多长时间",
    "是?怎么回事|怎么[样办]?|怎样|如何|咋[样办]?|为什么|为何|为啥|什么时候|何时|哪一?[年天]",
    "(?:分别|各)?[是有叫指干做]*(?:指的是)?(?:什么|啥)(?:[是叫]|意思|样|时候|东西|用)?|何谓|(?:指的?)?是?谁[来]?",
    "(?:分别|各)?[在是有叫指去到]*哪(?:里|儿|几?[0-9]*[个些种类项条位](?:所有|所)?)",
    "(?<=[\\u4e00-\\u9fff]{2})[和与跟](?=[\\u4e00-\\u9fff]{2,}(?:区别|不同))|(?:的|有什么)?(?:区别|不同)$",
    "[吗呢吧]|(?<=[\\u4e00-\\u9fff])的(?=[\\u4e00-\\u9fff])|[了的](?![\\u4e00-\\u9fff])",
  ].join("|"), "g");
  const WHICH = /哪[个些家]?(?:派出)?所/;
  const COUNT = /[^0-9a-z第][0-9]/;   // Between the two may stand 约 or 近.
  const DEFINING = /什么(?!时候)|啥|意思|区别|解释|含义|定义/;
  /* Pairs with one of these hold a sentence together; they stand everywhere and say little. */
  const LOOSE = /解释|含义|定义|情况|资料|包括|1起/g;
  const LIGHT = /[的了着吗呢吧啊呀嘛么是在有被给让从也又很该各这那哪些谁怎啥咋我你您他她它们不没]/;

  /* {text, words, joined, letters, terms, synonyms}: what is to be looked up and how it hangs together. */
  function parse(query) {
    const text = normal(query.slice(0, LONGEST)).replace(QUOTES, "");
    const found = text.replace(ASKING, " ").match(WORD) || text.match(WORD) || [];
    const words = found.filter(function (one) { return !LATIN.test(one); });
    const latin = found.filter(function (one) { return LATIN.test(one); });
    const made = { text: text, words: words, joined: words.join(""), latin: latin, letters: latin.join(""), synonyms: [], said: new Set(), kinds: new Set(), defining: DEFINING.test(text), which: WHICH.test(text) };
    const labels = meta.facets.find(function (one) { return one[0] === "kind"; })[2];
    for (const word of words) if (word.length > 1) made.said.add(word);
    for (const word of words) for (const one of inside(word, known)) {
      made.said.add(one.text);
      if (made.joined === one.text || (one.start > 0 && one.end < word.length)) continue;
      for (const kind of Object.keys(labels)) if (normal(labels[kind]) === one.text) made.kinds.add(kind);
    }
    for (const word of words) {
      for (const said of inside(word, function (one) { return Object.prototype.hasOwnProperty.call(meta.synonyms, one); })) {
        for (const [label, stem] of meta.synonyms[said.text].slice(0, 2)) made.synonyms.push({ said: said.text, label: label, normal: normal(stem), word: word });
      }
    }
    for (const word of words) for (const one of counted(word)) made.synonyms.push(Object.assign(one, { word: word }));
    made.synonyms = made.synonyms.filter(function (one) { return !one.word.includes(one.normal); }).slice(0, 4);
    return made;
  }

  /* Tens are written 10 or 十, and normal() knows no tens: the other way of writing each, with the character beside it. */
  function counted(word) {
    const made = [];
    for (const found of word.matchAll(/(?<![0-9十百])(?:([1-9])([0-9])|([1-9]?)十([1-9]?))(?![0-9十百千])/g)) {
      const [all, ten, one, tens, ones] = found;
      const other = ten ? (ten === "1" ? "" : ten) + "十" + (one === "0" ? "" : one) : (tens || "1") + (ones || "0");
      const from = found.index, to = from + all.length, before = to === word.length ? word.slice(from ? from - 1 : 0, from) : "", after = word.slice(to, to + 1);
      made.push({ said: before + all + after, label: before + other + after, normal: before + other + after });
    }
    return made;
  }

  function known(word) { return meta.words.has(word); }

  /* The known words in a word, the longest first, none across another: [{text, start, end}]. */
  function inside(word, known) {
    const found = [];
    for (let at = 0; at < word.length;) {
      let end = Math.min(word.length, at + 12);
      while (end - at > 1 && !known(word.slice(at, end))) end--;
      if (end - at > 1) { found.push({ text: word.slice(at, end), start: at, end: end }); at = end; }
      else at++;
    }
    return found;
  }

  function pairs(word) {
    const made = [];
    for (let at = 0; at + 1 < word.length; at++) made.push(word.slice(at, at + 2));
    return made.length ? made : [word];
  }

  function threes(letters) {
    const made = [];
    for (let at = 0; at + 2 < letters.length; at++) made.push(letters.slice(at, at + 3));
    return made.length ? made : [letters];
  }

  /* How many edits lead from one word to the other, two letters in each other's place being one; gives up past `most`. */
  function edits(a, b, most) {
    if (Math.abs(a.length - b.length) > most) return most + 1;
    let before = null, row = Array.from({ length: b.length + 1 }, function (_, at) { return at; });
    for (let i = 1; i <= a.length; i++) {
      const next = [i];
      for (let j = 1; j <= b.length; j++) {
        next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] !== b[j - 1]));
        if (before && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) next[j] = Math.min(next[j], before[j - 2] + 1);
      }
      if (Math.min.apply(null, next) > most) return most + 1;
      before = row;
      row = next;
    }
    return row[b.length];
  }

  /* ── Gathering: what the keys alone say of every document ── */

  const FIELD = [0.45, 0.6, 0.95, 1, 1, 1, 1];   // How much a word in the text, the lead, the context or a name tells.
  const PRIOR = { playbook: 0.6, station: 0.5, region: 0.35, method: 0.4, problem: 0.45, measure: 0.35, glossary: 0.25, source: 0.2, page: 0.2 };
  /* Where no name fits: a method says more of a subject than the station that has everything. */
  const TOPIC = { playbook: 3, station: 0.5, region: 0.3, method: 4, problem: 2, measure: 2, glossary: 2, source: 2, page: 2.5 };

  function rarity(many) { return Math.log(1 + meta.count / (1 + many)); }

  /* Arrays with a number for every document are used again: a reader who types makes a search with every key. */
  const spare = [];

  function take(own) {
    const array = spare.pop() || new Float32Array(meta.count);
    own.push(array);
    return array.fill(0);
  }

  /* {cover, share, close, whole, own}: for every document how much of the query it has, weighed by rarity and place; how
     much weighed by rarity alone; how near its names are; the numbers of those that have all of it; and the arrays to be
     given back. */
  async function gather(query) {
    const size = meta.count, own = [], cover = take(own), share = take(own), close = take(own), mask = new Int32Array(take(own).buffer);
    /* Pairs, each once; a long query's frequent ones last. */
    let terms = [];
    const wanted = query.words.concat(query.latin.filter(function (one) { return one.length < 6; }));
    const several = wanted.some(function (one) { return one.length > 1; });
    wanted.forEach(function (word, index) {
      const parts = inside(word, known);
      pairs(word).forEach(function (key, at) {
        const seam = COUNT.test(key) || parts.some(function (one) { return (at < one.start && at + 1 >= one.start) || (at < one.end && at + 1 >= one.end && at + 1 < word.length); });
        if (!terms.some(function (one) { return one.key === key; })) terms.push({ key: key, word: index, at: at, seam: seam, latin: LATIN.test(word), light: LIGHT.test(key) || key.search(LOOSE) >= 0 || (key.length < 2 && several) });
      });
    });
    const first = terms.length ? terms[0].key : "", last = terms.length ? terms[terms.length - 1].key : "";
    if (terms.length > KEYS) terms = terms.filter(function (one) { return !heavy.has(one.key); }).concat(terms.filter(function (one) { return heavy.has(one.key); })).slice(0, KEYS);
    const others = query.synonyms.map(function (one) { return Object.assign({ keys: pairs(one.normal) }, one); });
    const spelt = soundKeys(query.letters), firsts = firstKeys(query.letters), syllables = syllablesOf(query.letters) || [];
    const doubles = syllables.slice(1, 3).map(function (one, at) { return "s" + syllables[at] + "'" + one; });
    const [lists, meant, heard, begun, joint] = await Promise.all([
      Promise.all(terms.map(function (one) { return postings(one.key); })),
      Promise.all(others.map(function (one) { return Promise.all(one.keys.map(postings)); })),
      Promise.all(spelt.map(postings)), Promise.all(firsts.map(postings)), Promise.all(doubles.map(postings)),
    ]);
    let all = 0;
    terms.forEach(function (one, index) {
      one.list = lists[index];
      one.bit = 1 << index;
    });
    const there = function (word, at) { return terms.some(function (one) { return one.word === word && (one.at === at || one.at === at + 1) && one.list.length; }); };
    for (const one of terms) {
      /* What stands nowhere between two pairs that do is the seam of two words, or what joins them. */
      if (!one.list.length && there(one.word, one.at - 2) && there(one.word, one.at + 1)) one.seam = true;
      one.weight = rarity(one.list.length) * ((one.seam || one.light) && !one.list.length ? 0.1 : one.light ? 0.3 : one.seam ? 0.5 : 1);
      if (one.latin) one.weight *= 0.3;
      all += one.weight;
    }
    let named = terms.length > 0;
    const latin = !query.words.length;   // It is mostly meant as pinyin.
    for (const one of terms) {
      const weight = one.weight / all;
      let inNames = 0;
      const found = unpacked(one.list);
      for (let at = 0; at < found.length; at++) {
        const number = found[at] >>> 3, level = found[at] & 7;
        mask[number] |= one.bit;
        share[number] += weight;
        cover[number] += weight * FIELD[level] * (latin ? 0.5 : 1);
        if (level >= NAME) {
          inNames++;
          close[number] += weight + (one.key === first && (level - NAME & 1) ? 0.1 : 0) + (one.key === last && (level - NAME & 2) ? 0.1 : 0);
        }
      }
      one.named = inNames > 0;
      if (!one.named) named = false;
    }
    /* What the vocabulary says besides, where the word itself does not stand. */
    let bit = terms.length;
    others.forEach(function (one, index) {
      const instead = terms.filter(function (term) { return wanted[term.word] === one.word && one.said.includes(term.key); });
      const bits = instead.reduce(function (made, term) { return made | term.bit; }, 0), weight = instead.reduce(function (sum, term) { return sum + term.weight; }, 0) / (all || 1);
      const total = meant[index].reduce(function (sum, list) { return sum + rarity(list.length); }, 0), part = take(own), seen = take(own);
      meant[index].forEach(function (list) {
        const own = rarity(list.length) / total, found = unpacked(list);
        for (let at = 0; at < found.length; at++) {
          part[found[at] >>> 3] += own * FIELD[found[at] & 7];
          seen[found[at] >>> 3]++;
        }
      });
      one.bits = bits;
      one.bit = bit < 30 ? 1 << bit++ : 0;
      for (let number = 0; number < size; number++) {
        if (seen[number] < one.keys.length || (bits && (mask[number] & bits) === bits)) continue;
        cover[number] += 0.5 * weight * part[number];
        share[number] += 0.7 * weight;
        mask[number] |= one.bit;
      }
    });
    let whole = wholes(query, wanted, terms, others, mask);
    /* Where the words stand nowhere together, the pairs that no name has may be misspelt: by sound, and by each character. */
    if (!named && !(whole.strict && whole.numbers.length)) {
      const doubted = terms.filter(function (one) { return !one.named && !one.latin && one.key.length === 2; }).slice(0, DOUBTED);
      const few = query.joined.length <= FEW;
      const [alike, single] = await Promise.all([
        Promise.all(doubted.map(function (one) { const [a, b] = Array.from(one.key, function (own) { return reading.get(own) || own; }); return postings("s" + a + "'" + b); })),
        Promise.all(doubted.map(function (one) { return few ? Promise.all(Array.from(one.key, postings)) : []; })),
      ]);
      doubted.forEach(function (one, index) {
        const weight = one.weight / all;
        for (const posting of unpacked(alike[index])) close[posting >>> 3] += 0.8 * weight;
        for (const list of single[index]) for (const posting of unpacked(list)) close[posting >>> 3] += (posting - NAME & 1 ? 0.25 : 0.2) * weight;
      });
    }
    let misspelt = false;
    if (query.letters) {
      const spoken = told(spelt, heard, take(own));
      const started = told(firsts, begun, take(own)), initials = started.whole && !syllables.length;
      misspelt = !spoken.whole && !initials;
      if (misspelt) {
        const skeleton = query.letters.match(SYLLABLE) || [], keys = skeleton.length > 1 ? firstKeys(skeleton.map(function (one) { return one[0]; }).join("")) : [];
        const alike = told(keys, await Promise.all(keys.map(postings)), take(own));
        for (let number = 0; number < size; number++) spoken.part[number] = 0.7 * (spoken.part[number] + 0.5 * alike.part[number]);
      }
      for (const list of joint) for (const posting of unpacked(list)) spoken.part[posting >>> 3] += posting - NAME & 1 ? 0.06 : 0.03;
      const typed = terms.filter(function (one) { return one.latin; }).reduce(function (made, one) { return made | one.bit; }, 0);
      const short = query.latin.every(function (one) { return one.length < 6; });
      for (let number = 0; number < size; number++) {
        const best = Math.max(spoken.part[number], started.part[number]);
        close[number] += best;
        if (best > 0.99 || (short && (mask[number] & typed) === typed)) mask[number] |= LETTERS;
      }
    }
    if (query.letters) whole = wholes(query, wanted, terms, others, mask);
    return { cover: cover, share: share, close: close, whole: whole, misspelt: misspelt, own: own };
  }

  /* The syllables that letters fall into, the longest first; nothing if some are left over. */
  function syllablesOf(letters) {
    const dead = new Set();
    function from(at) {
      if (at === letters.length) return [];
      for (let length = Math.min(6, letters.length - at); length > 0 && !dead.has(at); length--) {
        const rest = sounds.has(letters.slice(at, at + length)) && from(at + length);
        if (rest) return [letters.slice(at, at + length)].concat(rest);
      }
      dead.add(at);
      return null;
    }
    return from(0);
  }

  function soundKeys(letters) {
    if (letters.length < 2) return [];
    const keys = threes(letters), step = Math.ceil(keys.length / THREES);
    return keys.filter(function (_, at) { return at % step === 0 || at === keys.length - 1; }).map(function (one) { return "p" + one; });
  }

  /* What may be meant for a syllable, rightly spelt or not. */
  const SYLLABLE = /[bpmfdtnlgkhjqxrzcsyw]h?[aeiouv]+(?:n(?![aeiouv])g?)?|[aeo](?:ng?|[iou])?/g;

  function firstKeys(letters) { return letters.length > 1 && letters.length < 11 ? threes(letters).map(function (one) { return "i" + one; }) : []; }

  /* For every document how much of some letters its names have, and whether one has all. */
  const LETTERS = 1 << 30;   // In the mask of a document: it has all that was typed in letters.

  function told(keys, lists, part) {
    const all = lists.reduce(function (sum, list) { return sum + rarity(list.length); }, 0);
    let whole = false;
    lists.forEach(function (list, at) {
      const weight = rarity(list.length) / all, first = at === 0, last = at === lists.length - 1, found = unpacked(list);
      for (let index = 0; index < found.length; index++) {
        const number = found[index] >>> 3, ends = (found[index] & 7) - NAME;
        part[number] += weight + (first && ends & 1 ? 0.1 : 0) + (last && ends & 2 ? 0.1 : 0);
        if (last && part[number] > 0.99) whole = true;
      }
    });
    return { part: part, whole: whole };
  }

  /* The documents that have all of the query; where none has, those that have it but for the seams between its words. */
  function wholes(query, wanted, terms, others, mask) {
    for (const strict of [true, false]) {
      const needed = wanted.map(function (word, index) {
        const own = terms.filter(function (one) { return one.word === index && !one.latin && (strict ? !COUNT.test(one.key) : !(one.seam || (one.light && !one.list.length) || one.key.length < 2)); });
        const bits = own.reduce(function (made, one) { return made | one.bit; }, 0);
        const ways = [bits];
        for (const other of others) if (other.word === word && other.bit) ways.push((bits & ~other.bits) | other.bit);
        return ways;
      }).filter(function (ways) { return ways[0]; });
      if (query.letters) needed.push([LETTERS]);
      if (!needed.length) continue;
      /* Each way of having every word, as one mask. */
      const ways = needed.reduce(function (made, own) { return made.flatMap(function (one) { return own.map(function (bits) { return one | bits; }); }); }, [0]).slice(0, 16);
      const found = chosen(null, function (number) {
        const has = mask[number];
        for (let at = 0; at < ways.length; at++) if ((has & ways[at]) === ways[at]) return has !== 0;
        return false;
      });
      if (found.length) return { strict: strict, numbers: found };
    }
    return { strict: false, numbers: new Uint32Array(0) };
  }

  let room = null;

  /* The numbers that fit, of those named or of all; there may be a quarter of a million. */
  function chosen(among, fits) {
    if (!room) room = new Uint32Array(meta.count);
    let count = 0;
    for (let at = 0, end = among ? among.length : meta.count; at < end; at++) {
      const number = among ? among[at] : at;
      if (fits(number)) room[count++] = number;
    }
    return room.slice(0, count);
  }

  /* ── Looking closely: the tiers, as docs/search-ranking.md lists them ── */

  /* The readings of a name, each as its syllables. */
  function readings(name, heard) {
    if (name.length > LONG) return [];
    const plain = [];
    for (const character of name) {
      const sound = reading.get(character) || reading.get(normal(character)) || normal(character);
      if (/^[0-9a-z\u3400-\u9fff]+$/.test(sound)) plain.push(sound);
    }
    return heard ? [heard.split(" "), plain] : [plain];
  }

  /* [points, why] for how a document's names are to the query. */
  function look(query, one, doubt) {
    let best = [0, ""];
    [one.title].concat(one.names).forEach(function (name, at) {
      const bare = (normal(name).replace(QUOTES, "").match(WORD) || []).join("");
      const spoken = query.letters || query.joined.length > 1 ? readings(name, one.heard ? one.heard[at] : 0) : [];
      const written = query.joined ? asWritten(query, bare, spoken, at > 0 && name, doubt) : null;
      const typed = query.letters ? asTyped(query.letters, (normal(name).match(/[a-z]+/g) || []).join(""), spoken) : null;
      const made = written && typed ? (written[0] < typed[0] ? written : typed) : written || typed || best;
      if (made[0] > best[0]) best = made;
    });
    return best;
  }

  /* A name against the Chinese of the query; `other` is the name where it is not the title. */
  function asWritten(query, bare, spoken, other, doubt) {
    let best = [0, ""];
    function take(points, why) { if (points > best[0]) best = [points, why]; }
    function hold(word, part) {
      const name = other ? "别名“" + other + "”" : "名称", whose = part < 1 ? "“" + word + "”" : "";
      if (bare === word) take((other ? 92 : 100) * part, part < 1 ? whose + "就是" + name : name + (other ? "相同" : "完全相同"));
      else if (bare.startsWith(word)) take(((other ? 74 : 80) + 8 * word.length / bare.length) * part, name + "以" + (whose || "它") + "开头");
      else if (bare.includes(word)) take(((other ? 64 : 70) + 8 * word.length / bare.length) * part, name + "里有" + (whose || "它"));
    }
    const joined = query.joined;
    hold(joined, 1);
    if (query.words.length > 1) {
      const solid = joined.replace(LOOSE, "").length || joined.length;
      for (const word of query.words) if (word.length > 1) hold(word, 0.8 * Math.min(1, word.length / solid));
    }
    for (const one of query.synonyms) {
      const instead = joined.replace(one.said, one.normal), why = "“" + one.said + "”也叫“" + one.label + "”";
      if (bare === instead) take(66, why);
      else if (bare.includes(instead)) take(50, why);
    }
    const characters = Array.from(joined);
    if (characters.length > 2 && characters.filter(function (character) { return character > "\u3400"; }).length > 1) {
      const same = characters.filter(function (character) { return bare.includes(character); }).length;
      if (same === characters.length && bare.length <= joined.length + 3) take(56, "名称里有每个字，次序不同");
      else {
        const most = joined.length > 5 ? 2 : 1, far = edits(joined, bare, most);
        if (far <= most) take((66 - 8 * far) * doubt, "名称相差 " + far + " 个字");
        else if (same >= characters.length - 1 && characters.length > 3) take(38 * doubt, "名称里有几乎每个字");
      }
    }
    if (characters.length > 1) {
      const sound = characters.map(function (own) { return reading.get(own) || own; });
      for (const syllables of spoken) {
        if (syllables.join("'") === sound.join("'")) take(86 * doubt, "读音相同");
        else if (("'" + syllables.join("'") + "'").includes("'" + sound.join("'") + "'")) take(62 * doubt, "读音里有它");
        else if (blurred(syllables.join("'")) === blurred(sound.join("'"))) take(64 * doubt, "读音相近");
      }
    }
    return best;
  }

  /* Pinyin without what many speakers do not tell apart. */
  function blurred(letters) { return letters.replace(/([zcs])h/g, "$1").replace(/ng/g, "n").replace(/l/g, "n"); }

  function asTyped(letters, latin, spoken) {
    let best = [0, ""];
    function take(points, why) { if (points > best[0]) best = [points, why]; }
    if (latin === letters) take(96, "名称相同");
    for (const syllables of spoken) { heardAs(letters, syllables, take); begunAs(letters, syllables, take); }
    return best;
  }

  function heardAs(letters, syllables, take) {
    const whole = syllables.join("");
    if (whole === letters) { take(90, "拼音相同"); return; }
    if (letters.length > 2 && whole.startsWith(letters)) {
      take((reaches(syllables, letters.length) ? 76 : 70) + 8 * letters.length / whole.length, "拼音以它开头");
      return;
    }
    if (letters.length > 3 && whole.includes(letters)) { take(58 + 8 * letters.length / whole.length, "拼音里有它"); return; }
    if (letters.length < 4) return;
    if (blurred(whole).startsWith(blurred(letters))) take(52 + 8 * letters.length / whole.length, "拼音相近");
    /* A slip of the fingers: in the whole name, or in as many syllables from its beginning as were typed. */
    const most = letters.length > 7 ? 2 : 1;
    let begin = "";
    for (const syllable of syllables) {
      begin += syllable;
      const far = edits(letters, begin, most);
      if (far <= most) take(48 - 6 * far + 4 * begin.length / whole.length, "拼音相差 " + far + " 个字母");
    }
  }

  /* Whether some of the first syllables have just so many letters. */
  function reaches(syllables, many) {
    let at = 0;
    for (const one of syllables) if (at < many) at += one.length;
    return at === many;
  }

  function begunAs(letters, syllables, take) {
    const first = syllables.map(function (one) { return one[0]; }).join("");
    if (letters.length < 2) return;
    if (first === letters) take(84, "拼音首字母相同");
    else if (first.startsWith(letters)) take(64 + 8 * letters.length / first.length, "拼音首字母以它开头");
    else if (letters.length > 2 && first.includes(letters)) take(50, "拼音首字母里有它");
    else if (letters.length > 4 && edits(letters, first, 1) === 1) take(44, "拼音首字母相差一处");
  }

  /* ── Searching ── */

  /* What speaks for a kind of page, whatever it says: more where the query asks what a word means, or which stations. */
  function favour(query, kind, named) {
    return (named ? PRIOR : TOPIC)[kind] + (query.defining && kind === "glossary" ? 6 : 0) + (query.which && (kind === "station" || kind === "method") ? 8 : 0);
  }

  /* What speaks for a kind that the query names, as far as a document has the query. */
  function sought(query, kind) { return query.kinds.has(kind) ? 25 : 0; }

  /* A function that gives the points that the keys alone say of a document: what is looked at closely is chosen by them. */
  function guesser(query, found) {
    const [titled, topical] = [true, false].map(function (own) { return meta.kinds.map(function (kind) { return favour(query, kind[0], own); }); });
    const part = query.words.length < 2 ? 60 : 40;
    const kinds = meta.kinds.map(function (kind) { return sought(query, kind[0]); });
    return function (number) {
      const topic = 80 * found.cover[number], near = found.close[number], kind = kindAt[number];
      const name = near > 0.99 ? 82 + 100 * (near - 1) : part * near;
      return kinds[kind] * found.share[number] + (name > topic ? name + titled[kind] : topic + topical[kind]);
    };
  }

  /* The `many` best of the documents that `among` lists, or of all. */
  function best(guess, found, many, among) {
    const top = [];
    let least = 0;
    for (let at = 0, end = among ? among.length : meta.count; at < end; at++) {
      const number = among ? among[at] : at;
      if (!(found.cover[number] || found.close[number])) continue;
      const points = guess(number);
      if (top.length === many && points <= least) continue;
      let place = top.length;
      while (place > 0 && top[place - 1][1] < points) place--;
      top.splice(place, 0, [number, points]);
      if (top.length > many) top.pop();
      least = top[top.length - 1][1];
    }
    return top.filter(function (one) { return one[1] >= FAR * top[0][1]; }).map(function (one) { return one[0]; });
  }

  /* Whether a name as it is is one of the words, or a known word in them. */
  function saysName(query, one) {
    return [one.title].concat(one.names).some(function (name) { return query.said.has(normal(name).replace(QUOTES, "")); });
  }

  /* Puts points and the reasons for them to a document; `doubt` lessens what counts on misspelling. */
  function weighed(query, one, cover, share, whole, doubt) {
    const [tier, why] = look(query, one, doubt), topic = 60 * cover + 4 * filled(query, one.title);
    const prior = favour(query, one.kind, tier > topic) + sought(query, one.kind) * share;
    const reasons = [];
    if (tier > topic) reasons.push([why, tier]);
    else if (cover) reasons.push(["词在名称、提要或正文里，合上 " + Math.round(100 * cover) + "%", topic]);
    if (cover) reasons.push(["合上的比例", 20 * cover]);
    if (whole) reasons.push(["每个词都有", 12]);
    reasons.push(["类别", prior]);
    const points = Math.max(tier, topic) + 20 * cover + (whole ? 12 : 0) + prior;
    return Object.assign(one, { points: points, tier: tier, why: tier > topic ? why : "", reasons: reasons });
  }

  /* How much of a title the query is. */
  function filled(query, title) {
    const bare = normal(title).replace(QUOTES, ""), hit = new Set();
    for (const word of query.words) for (const pair of pairs(word)) {
      const at = bare.indexOf(pair);
      for (let more = 0; at >= 0 && more < pair.length; more++) hit.add(at + more);
    }
    return hit.size / bare.length;
  }

  function byPoints(a, b) { return b.points - a.points || a.number - b.number; }

  /* What a text finds: {query, hits, matched, wanted, nearest, partial, part}. `matched` are the numbers of everything found; `wanted`
     those of them that fit what was chosen, and `hits` those that were looked at closely, the best first. Of the options,
     `within` holds the numbers that may be found, and `choose` makes of what is matched a function that says what fits. */
  async function search(text, options) {
    await ready();
    const within = options && options.within, choose = options && options.choose;
    const query = parse(text), found = await gather(query), guess = guesser(query, found);
    try {
      const whole = within ? chosen(found.whole.numbers, within.has) : found.whole.numbers, has = setOf(whole).has;
      const doubt = found.whole.strict && found.whole.numbers.length ? 0.5 : 1;
      const weigh = function (one, cover, share) { return weighed(query, one, cover, share, has(one.number), doubt); };
      const look = async function (numbers) { return (await Promise.all(numbers.map(row))).map(function (one) { return weigh(one, found.cover[one.number], found.share[one.number]); }).sort(byPoints); };
      const close = await look(best(guess, found, found.misspelt ? 2 * CLOSE : CLOSE, within && within.numbers));
      const kept = close.filter(function (one) { return has(one.number) || one.tier >= 36 || (!query.letters && found.share[one.number] >= 1 / 3) || saysName(query, one); });
      const more = kept.filter(function (one) { return !has(one.number); }).map(function (one) { return one.number; }), too = setOf(more).has;
      const matched = more.length ? chosen(null, function (number) { return has(number) || too(number); }) : whole;
      const fits = choose ? await choose(matched) : null;
      let wanted = matched, hits = kept;
      if (fits) {
        wanted = chosen(matched, fits);
        const known = setOf(kept.map(function (one) { return one.number; })).has;
        const others = best(guess, found, CLOSE, wanted).filter(function (number) { return !known(number); });
        hits = kept.filter(function (one) { return fits(one.number); }).concat(await look(others)).sort(byPoints);
      }
      const front = setOf(hits.map(function (one) { return one.number; })).has, rest = chosen(wanted, function (number) { return !front(number); });
      const points = new Float32Array(rest.length), cover = new Float32Array(rest.length), share = new Float32Array(rest.length);
      for (let at = 0; at < rest.length; at++) {
        points[at] = guess(rest[at]);
        cover[at] = found.cover[rest[at]];
        share[at] = found.share[rest[at]];
      }
      return {
        query: query, hits: hits, matched: matched, wanted: wanted, nearest: kept.length ? [] : close.slice(0, 3),
        partial: !whole.length && kept.every(function (one) { return one.tier < 36; }),
        /* The results from one place to another, in order; which they are past the hits is told by what the keys say. */
        part: async function (from, to) {
          const places = highest(points, to - hits.length).slice(Math.max(0, from - hits.length));
          const rows = await Promise.all(places.map(function (at) { return row(rest[at]); }));
          return hits.slice(from, to).concat(rows.map(function (one, at) { return weigh(one, cover[places[at]], share[places[at]]); })).sort(byPoints);
        },
      };
    } finally {
      spare.push(...found.own.slice(0, Math.max(0, 6 - spare.length)));
    }
  }

  /* The places of the `many` highest of some points, the highest first. */
  function highest(points, many) {
    if (many <= 0) return [];
    const least = points.length > many ? points.slice().sort()[points.length - many] : -Infinity, above = [], even = [];
    for (let at = 0; at < points.length; at++) {
      if (points[at] > least) above.push(at);
      else if (points[at] === least && even.length < many) even.push(at);
    }
    return above.sort(function (a, b) { return points[b] - points[a] || a - b; }).concat(even).slice(0, many);
  }

  /* Some numbers, to be asked whether one is among them. */
  function setOf(numbers) {
    const flags = new Uint8Array(meta.count);
    for (let at = 0; at < numbers.length; at++) flags[numbers[at]] = 1;
    return { numbers: numbers, has: function (number) { return flags[number] === 1; } };
  }

  function labelOf(facet, word) {
    const labels = meta.facets.find(function (one) { return one[0] === facet; })[2];
    return Object.prototype.hasOwnProperty.call(labels, word) ? labels[word] : word;
  }

  fengpu.search = Object.assign(search, {
    ready: ready, parse: parse, pairs: pairs, normal: normal, hashed: hashed, readings: readings,
    column: column, textOf: textOf, setOf: setOf, labelOf: labelOf, facets: function () { return meta.facets; },
  });
})();
