/* Search: the box in the header and the page search/index.html. The index is described in publish/search.py. */
(function () {
  "use strict";
  const make = fengpu.make;
  const PAGE = fengpu.root + "search/index.html";
  const LONGEST = 80;      // Of a longer query only the beginning is looked at.
  const CANDIDATES = 64;   // So many of the best are looked at closely.
  const PER_PAGE = 20;

  /* ── The index ── */

  const fold = new Map();
  let meta = null;

  const reading = new Map();

  async function ready() {
    if (!meta) {
      const [found, readings] = await Promise.all([fengpu.ask("search/meta"), fengpu.ask("search/readings")]);
      for (const [sound, characters] of Object.entries(readings)) for (const character of characters) reading.set(character, sound);
      meta = found;
      const odd = Array.from(meta.variants[0]), plain = Array.from(meta.variants[1]);
      odd.forEach(function (character, at) { fold.set(character, plain[at]); });
    }
    return meta;
  }

  /* As publish/search.py normal(): one character for one, so that places stay the same. */
  function normal(text) {
    let made = "";
    for (const character of text) {
      const wide = character.normalize("NFKC").toLowerCase();
      const plain = wide.length === character.length ? wide : character;
      made += fold.get(plain) || plain;
    }
    return made;
  }

  function hashed(gram) {
    let value = 0x811c9dc5;
    for (const character of gram) value = Math.imul(value ^ character.codePointAt(0), 0x01000193) >>> 0;
    return value;
  }

  /* The numbers of the documents that have a gram. */
  async function posting(gram) {
    const shard = await fengpu.ask("search/g/" + hashed(gram) % meta.shards);
    const packed = shard[gram];
    if (!packed) return [];
    if (typeof packed !== "string") return packed;
    const bytes = atob(packed), numbers = [];
    let last = -1, step = 0, shift = 0;
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes.charCodeAt(at);
      step |= (byte & 127) << shift;
      if (byte & 128) { shift += 7; continue; }
      last += step + 1;
      numbers.push(last);
      step = shift = 0;
    }
    shard[gram] = numbers;
    return numbers;
  }

  async function shown(number) {
    const row = (await fengpu.ask("search/d/" + Math.floor(number / meta.block)))[number % meta.block];
    return { number: number, id: row[0], kind: row[1], title: row[2], url: row[3], names: row[4], context: row[5], sounds: row[6], firsts: row[7] };
  }

  async function textOf(number) {
    return (await fengpu.ask("search/t/" + Math.floor(number / meta.texts)))[number % meta.texts];
  }

  async function facetsOf(numbers) {
    const chunks = new Map();
    await Promise.all(Array.from(new Set(numbers.map(function (one) { return Math.floor(one / meta.chunk); })), async function (chunk) {
      chunks.set(chunk, await fengpu.ask("search/f/" + chunk));
    }));
    return function (number, facet) {
      const column = chunks.get(Math.floor(number / meta.chunk))[facet];
      const value = column ? column[number % meta.chunk] : 0;
      return Array.isArray(value) ? value : value ? [value] : [];
    };
  }

  /* ── The query ── */

  const WORD = /[0-9a-z\u3400-\u9fff]+/g;
  /* What turns words into a question says nothing of what is asked. */
  const ASKING = /请问|有没有|多少起|多少|几个|几名|几起|几人|怎么样|怎么|怎样|如何|什么是|是什么意思|什么意思|是什么|为什么|什么|哪个所有|哪个所|哪些所|哪个|哪些|哪里|谁来|谁|能不能|可以|[吗呢吧]|(?<=[\u4e00-\u9fff])的(?=[\u4e00-\u9fff])/g;

  /* {words, letters, synonyms}: Chinese and digits apart from pinyin, with what the vocabulary says besides. */
  function parse(query) {
    const text = normal(query.slice(0, LONGEST));
    let plain = text.replace(ASKING, " ");
    if (!WORD.test(plain)) plain = text;
    WORD.lastIndex = 0;
    const found = plain.match(WORD) || [];
    const letters = found.filter(function (one) { return /^[a-z]+$/.test(one); });
    const words = [];
    for (const one of found) if (!/^[a-z]+$/.test(one)) words.push(one);
    const synonyms = [];
    for (const word of words) {
      for (const [said, labels] of Object.entries(meta.synonyms)) {
        if (word.includes(said)) for (const label of labels) synonyms.push({ said: said, label: label, normal: normal(label) });
      }
    }
    const joined = words.join("");
    const sound = joined.length > 1 ? Array.from(joined, function (one) { return reading.get(one) || one; }).join("") : "";
    return { text: text, words: words, letters: letters, synonyms: synonyms.slice(0, 6), sound: /^[0-9a-z]+$/.test(sound) && /[a-z]/.test(sound) ? sound : "" };
  }

  function pairs(word) {
    const made = [];
    for (let at = 0; at + 1 < word.length; at++) made.push(word.slice(at, at + 2));
    return made.length ? made : [word];
  }

  /* Adds the weight of each gram to every document that has it; returns the weight of all grams together. */
  async function weigh(grams, onto, factor) {
    const found = await Promise.all(grams.map(posting));
    let all = 0;
    const some = found.some(function (numbers) { return numbers.length; });
    found.forEach(function (numbers) {
      /* A pair that stands nowhere is mostly the seam between two words, and tells little. */
      const rarity = Math.log(1 + meta.count / (1 + numbers.length)) * (numbers.length || !some ? 1 : 0.25);
      all += rarity;
      for (const number of numbers) onto.set(number, (onto.get(number) || 0) + rarity * factor);
    });
    return all;
  }

  function share(onto, all, number) { return all ? (onto.get(number) || 0) / all : 0; }

  /* How many edits lead from one word to the other; gives up past `most`. */
  function edits(a, b, most) {
    if (Math.abs(a.length - b.length) > most) return most + 1;
    let row = Array.from({ length: b.length + 1 }, function (_, at) { return at; });
    for (let i = 1; i <= a.length; i++) {
      const next = [i];
      for (let j = 1; j <= b.length; j++) next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] !== b[j - 1]));
      row = next;
      if (Math.min.apply(null, row) > most) return most + 1;
    }
    return row[b.length];
  }

  /* Where no name fits: a method says more of a subject than the station that has everything. */
  const TOPIC = { playbook: 3, station: 0.5, region: 0.3, method: 4, problem: 2, measure: 2, glossary: 2, source: 2, page: 2.5 };
  const PRIOR = { playbook: 0.6, station: 0.5, region: 0.35, method: 0.4, problem: 0.45, measure: 0.35, glossary: 0.25, source: 0.2, page: 0.2 };

  /* The tiers, as docs/search-ranking.md lists them; returns [points, why]. */
  function look(query, one) {
    const names = [one.title].concat(one.names).map(normal);
    let best = [0, ""];
    function take(points, why) { if (points > best[0]) best = [points, why]; }
    const joined = query.words.join("");
    if (joined) {
      names.forEach(function (name, at) {
        const own = at === 0, bare = (name.match(WORD) || []).join("");
        if (bare === joined) take(own ? 100 : 92, own ? "名称完全相同" : "别名“" + one.names[at - 1] + "”相同");
        else if (bare.startsWith(joined)) take((own ? 80 : 74) + 8 * joined.length / bare.length, own ? "名称以它开头" : "别名以它开头");
        else if (bare.includes(joined)) take((own ? 70 : 64) + 8 * joined.length / bare.length, own ? "名称里有它" : "别名里有它");
        else if (query.words.length > 1 && query.words.every(function (word) { return bare.includes(word); })) take(60, "名称里有每个词");
        else if (bare.length > 1 && joined.includes(bare)) take(64 * bare.length / joined.length, "问的话里有它的名称");
        else if (query.words.length > 1 && query.words.some(function (word) { return word.length > 1 && bare.includes(word); })) {
          const part = query.words.filter(function (word) { return word.length > 1 && bare.includes(word); }).join("").length;
          take(40 * part / joined.length, "名称里有一部分词");
        }
        if (joined.length > 2 && /[\u3400-\u9fff]{2}/.test(joined)) {
          const letters = Array.from(joined);
          const same = letters.filter(function (letter) { return bare.includes(letter); }).length;
          if (same === letters.length && bare.length <= joined.length + 3) take(56, "名称里有每个字，次序不同");
          else {
            const most = joined.length > 5 ? 2 : 1, far = edits(joined, bare, most);
            if (far <= most) take(66 - 8 * far, "名称相差 " + far + " 个字");
            else if (same >= letters.length - 1 && letters.length > 3) take(38, "名称里有几乎每个字");
          }
        }
      });
    }
    /* 珠街调解多少起: a place in the question speaks for what belongs there. */
    const where = normal(one.context.split(" ")[0]).replace(/派出所$/, "");
    if (where.length > 1 && joined.length > where.length && joined.includes(where)) best = [best[0] + 16, best[1] || "属于所问的地方"];
    if (query.sound && one.sounds.length) {
      const at = one.sounds.indexOf(query.sound);
      if (at >= 0) take(86, "读音相同");
      else if (one.sounds.some(function (sound) { return sound.includes(query.sound); })) take(62, "读音里有它");
    }
    const letters = query.letters.join("");
    for (const sound of letters ? one.sounds : []) heard(letters, sound, take);
    for (const first of letters ? one.firsts : []) begun(letters, first, take);
    if (letters) {
      const bare = names.map(function (name) { return (name.match(/[a-z]+/g) || []).join(""); });
      if (bare.includes(letters)) take(96, "名称相同");
    }
    for (const other of query.synonyms) {
      /* The less of the question a synonym is, the less it answers. */
      const part = joined ? other.said.length / joined.length : 1;
      if (names[0] === other.normal) take(66 * part, "“" + other.said + "”也叫“" + other.label + "”");
      else if (names[0].includes(other.normal)) take(46 * part, "“" + other.said + "”也叫“" + other.label + "”");
    }
    return best;
  }

  function heard(letters, sound, take) {
    if (sound === letters) take(90, "拼音相同");
    else if (letters.length > 2 && sound.startsWith(letters)) take(72 + 8 * letters.length / sound.length, "拼音以它开头");
    else if (letters.length > 3 && sound.includes(letters)) take(58 + 8 * letters.length / sound.length, "拼音里有它");
    else if (letters.length > 3) {
      const most = letters.length > 7 ? 2 : 1;
      const far = Math.min.apply(null, [sound].concat([-1, 0, 1].map(function (more) { return sound.slice(0, letters.length + more); }))
        .map(function (piece) { return edits(letters, piece, most); }));
      if (far <= most) take(48 - 6 * far, "拼音相差 " + far + " 个字母");
    }
  }

  function begun(letters, first, take) {
    if (letters.length > 1 && first === letters) take(84, "拼音首字母相同");
    else if (letters.length > 1 && first.startsWith(letters)) take(64 + 8 * letters.length / first.length, "拼音首字母以它开头");
    else if (letters.length > 2 && first.includes(letters)) take(50, "拼音首字母里有它");
  }

  /* Every hit with its points, the best first: {hits: [{number, points, why, …}], matched: [numbers]}. */
  async function search(text, within) {
    await ready();
    const query = parse(text);
    const inNames = new Map(), inText = new Map(), byLetter = new Map(), byFirst = new Map(), meant = new Map();
    const chinese = query.words.flatMap(pairs);
    const single = query.words.filter(function (word) { return word.length === 1; });
    const letters = query.letters.join("") || query.sound;
    const [names, texts] = await Promise.all([
      weigh(Array.from(new Set(query.words.flatMap(function (word) { return Array.from(word); })), function (one) { return "u" + one; })
        .concat(chinese.filter(function (one) { return one.length > 1; }).map(function (one) { return "n" + one; })), inNames, 1),
      weigh(chinese.map(function (one) { return "c" + one; }), inText, 1),
    ]);
    const sounds = [], firsts = [];
    for (let at = 0; at + 2 < letters.length; at++) sounds.push("p" + letters.slice(at, at + 3));
    for (let at = 0; at + 1 < letters.length; at++) firsts.push("i" + letters.slice(at, at + 2));
    const [spoken, first, said] = await Promise.all([
      weigh(sounds, byLetter, 1), weigh(firsts, byFirst, 1),
      weigh(query.synonyms.flatMap(function (one) { return pairs(one.normal); }).flatMap(function (one) { return ["n" + one, "c" + one]; }), meant, 1),
    ]);
    const score = new Map();
    function add(onto, all, weight) { for (const number of onto.keys()) score.set(number, (score.get(number) || 0) + weight * share(onto, all, number)); }
    add(inNames, names, 1); add(inText, texts, 1); add(byLetter, spoken, query.sound ? 0.6 : 1.2); add(byFirst, first, query.sound ? 0 : 1); add(meant, said, 0.8);
    let numbers = Array.from(score.keys());
    if (within) numbers = numbers.filter(function (number) { return within.has(number); });
    numbers.sort(function (a, b) { return score.get(b) - score.get(a) || a - b; });
    const close = await Promise.all(numbers.slice(0, CANDIDATES).map(shown));
    const hits = close.map(function (one) {
      const [points, why] = look(query, one);
      const covered = Math.max(share(inText, texts, one.number), share(inNames, names, one.number) * 0.8, 0.7 * share(meant, said, one.number));
      const whole = query.words.length > 1 && share(inText, texts, one.number) > 0.99;
      const total = points + 40 * covered + (whole ? 20 : 0) + 10 * share(inNames, names, one.number) + (points ? PRIOR : TOPIC)[one.kind];
      return Object.assign(one, { points: total, why: why || (covered > 0.99 ? "正文里有每个词" : covered ? "正文里有一部分" : "拼音相近"), strong: points > 0 || covered > 0.6 || single.length > 0 });
    }).filter(function (one) { return one.points > 12; }).sort(function (a, b) { return b.points - a.points || a.number - b.number; });
    const strong = hits.filter(function (one) { return one.strong && one.points > 26; });
    const kept = strong.length ? strong : hits.filter(function (one) { return one.points > 22; });
    const least = kept.length ? score.get(kept[kept.length - 1].number) : Infinity;
    const matched = kept.map(function (one) { return one.number; });
    /* Past those that were looked at closely, as good a share of grams counts as found too. */
    for (const number of numbers.slice(CANDIDATES)) if (score.get(number) >= least && share(inText, texts, number) > 0.6) matched.push(number);
    return { query: query, hits: kept, matched: matched, nearest: hits.slice(0, 3) };
  }
  fengpu.search = search;

  /* ── Showing ── */

  function marked(text, query) {
    const element = make("span", {});
    const wanted = query.words.flatMap(function (word) { return word.length > 2 && !normal(text).includes(word) ? pairs(word) : [word]; })
      .concat(query.letters, query.synonyms.map(function (one) { return one.normal; })).filter(Boolean);
    const plain = normal(text), hit = new Array(text.length).fill(false);
    for (const word of new Set(wanted)) {
      for (let at = plain.indexOf(word); at >= 0; at = plain.indexOf(word, at + 1)) hit.fill(true, at, at + word.length);
    }
    for (let at = 0; at < text.length;) {
      let end = at;
      while (end < text.length && hit[end] === hit[at]) end++;
      element.append(hit[at] ? make("mark", {}, text.slice(at, end)) : text.slice(at, end));
      at = end;
    }
    return element;
  }

  /* The stretch of text with the most of the query in it. */
  function snippet(text, query) {
    const plain = normal(text), WIDTH = 90;
    let best = 0, most = -1;
    const wanted = query.words.flatMap(pairs).concat(query.synonyms.map(function (one) { return one.normal; }));
    for (const word of wanted) {
      const at = plain.indexOf(word);
      if (at < 0) continue;
      const start = Math.max(0, at - 24), piece = plain.slice(start, start + WIDTH);
      const found = wanted.filter(function (one) { return piece.includes(one); }).length;
      if (found > most) { most = found; best = start; }
    }
    const piece = text.slice(best, best + WIDTH);
    return marked((best ? "…" : "") + piece + (best + WIDTH < text.length ? "…" : ""), query);
  }

  function address(one, text) {
    const [path, anchor] = one.url.split("#");
    return fengpu.root + path + (text ? "?h=" + encodeURIComponent(text) : "") + (anchor ? "#" + anchor : "");
  }

  function labelOf(facet, word) {
    const found = meta.facets.find(function (one) { return one[0] === facet; });
    return found && found[2][word] || word;
  }

  /* ── The box in the header: a combobox by the ARIA pattern ── */

  const box = document.querySelector("form.fp-search");
  if (box) {
    const input = box.elements.q, list = box.querySelector("[role=listbox]"), told = box.querySelector("[role=status]");
    let active = -1, turn = 0, composing = false, waiting = 0;

    const close = function () {
      list.hidden = true;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
      active = -1;
    };
    const point = function (at) {
      const options = list.children;
      if (!options.length) return;
      active = (at + options.length) % options.length;
      Array.from(options).forEach(function (one, index) { one.setAttribute("aria-selected", String(index === active)); });
      input.setAttribute("aria-activedescendant", options[active].id);
      options[active].scrollIntoView({ block: "nearest" });
    };
    const suggest = async function () {
      const mine = ++turn, text = input.value.trim();
      if (!text) { close(); return; }
      let found;
      try { found = await search(text); } catch (error) { if (mine === turn) { told.textContent = "搜索没有读到，请再试一次。"; close(); } return; }
      if (mine !== turn) return;
      list.replaceChildren(...found.hits.slice(0, 8).map(function (one, index) {
        return make("li", { role: "option", id: "fp-option-" + index, "aria-selected": "false", "data-url": address(one, text) },
          marked(one.title, found.query), make("span", { class: "fp-fine" }, [labelOf("kind", one.kind), one.context.split(" ")[0]].filter(Boolean).join(" · ")));
      }));
      told.textContent = found.hits.length ? "有 " + Math.min(8, found.hits.length) + " 条建议，用上下键选择" : "没有建议";
      list.hidden = !found.hits.length;
      input.setAttribute("aria-expanded", String(!list.hidden));
      active = -1;
    };
    const later = function () { if (composing) return; clearTimeout(waiting); waiting = setTimeout(suggest, 60); };

    input.addEventListener("compositionstart", function () { composing = true; });
    input.addEventListener("compositionend", function () { composing = false; later(); });
    input.addEventListener("input", later);
    input.addEventListener("keydown", function (event) {
      if (event.isComposing || composing) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); if (list.hidden) suggest(); else point(active + (event.key === "ArrowDown" ? 1 : -1)); }
      else if (event.key === "Escape") { close(); }
      else if (event.key === "Enter" && active >= 0) { event.preventDefault(); location.href = list.children[active].dataset.url; }
    });
    list.addEventListener("mousedown", function (event) {
      const option = event.target.closest("[role=option]");
      if (option) { event.preventDefault(); location.href = option.dataset.url; }
    });
    input.addEventListener("blur", function () { setTimeout(close, 0); });
    box.addEventListener("submit", function (event) { if (composing || !input.value.trim()) event.preventDefault(); });
    document.addEventListener("keydown", function (event) {
      const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || event.target.isContentEditable;
      if ((event.key === "/" && !typing && !event.ctrlKey && !event.altKey && !event.metaKey) || (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey))) {
        event.preventDefault();
        input.focus();
        input.select();
      }
    });
    const given = new URLSearchParams(location.search);
    if (document.getElementById("fp-results")) input.value = given.get("q") || "";
  }

  /* ── The page ── */

  const page = document.getElementById("fp-results");
  if (page) {
    const state = page.querySelector("[role=status]"), results = page.querySelector("#results"), facets = page.querySelector(".fp-facets");
    const NAMES = JSON.parse(page.dataset.facets);
    let turn = 0;

    const asked = function () {
      const given = new URLSearchParams(location.search), chosen = {};
      for (const name of NAMES) {
        const words = given.getAll(name).filter(function (one) { return one && one.length < 60; });
        if (words.length) chosen[name] = new Set(words);
      }
      return { q: (given.get("q") || "").slice(0, 200), within: (given.get("in") || "").slice(0, 200), chosen: chosen, page: Math.max(1, Math.min(500, Number(given.get("page")) || 1)) };
    };
    const go = function (change) {
      const given = new URLSearchParams(location.search);
      given.delete("page");
      change(given);
      history.pushState(null, "", "?" + given);
      draw();
    };
    const empty = function (message, nearest) {
      return make("li", { "data-empty": true, class: "fp-none" }, make("p", {}, message),
        nearest && nearest.length ? make("p", {}, "名称相近的：", ...nearest.map(function (one) { return make("a", { href: address(one, "") }, one.title + "　"); })) : null,
        make("p", {}, make("a", { href: fengpu.root + "stations/index.html" }, "按省份看派出所"), "　", make("a", { href: fengpu.root + "playbooks/index.html" }, "看全部打法"), "　",
          make("a", { href: fengpu.root + "problems/index.html" }, "按问题找")));
    };

    const drawFacets = function (numbers, value, chosen) {
      facets.replaceChildren(...meta.facets.map(function (facet) {
        const [name, label] = facet, counts = new Map();
        for (const number of numbers) {
          // A facet's own choice does not narrow its own counts: several of one facet mean either.
          const fits = Object.keys(chosen).every(function (other) { return other === name || value(number, other).some(function (word) { return chosen[other].has(word); }); });
          if (fits) for (const word of value(number, name)) counts.set(word, (counts.get(word) || 0) + 1);
        }
        for (const word of chosen[name] || []) if (!counts.has(word)) counts.set(word, 0);
        if (!counts.size) return null;
        const rows = Array.from(counts).sort(function (a, b) { return b[1] - a[1] || (a[0] < b[0] ? -1 : 1); });
        const on = chosen[name] && chosen[name].size > 0;
        const open = on || (matchMedia("(min-width: 45em)").matches && ["kind", "playbook", "province"].includes(name));
        return make("details", { open: open }, make("summary", {}, label),
          make("fieldset", {}, make("legend", {}, label), ...rows.map(function (row) {
            return make("label", {}, make("input", {
              type: "checkbox", name: name, value: row[0], checked: Boolean(chosen[name] && chosen[name].has(row[0])),
              change: function (event) {
                go(function (given) {
                  const words = given.getAll(name).filter(function (word) { return word !== row[0]; });
                  given.delete(name);
                  for (const word of event.target.checked ? words.concat(row[0]) : words) given.append(name, word);
                });
              },
            }), " " + labelOf(name, row[0]) + " ", make("span", { class: "fp-fine" }, String(row[1])));
          })));
      }).filter(Boolean));
    };

    const item = async function (one, found, text) {
      const body = make("p", { class: "fp-snippet" });
      const element = make("li", { "data-id": one.id, "data-kind": one.kind }, make("h3", {}, make("a", { href: address(one, text) }, marked(one.title, found.query)),
        make("span", { class: "fp-kind" }, labelOf("kind", one.kind))), one.context ? make("p", { class: "fp-fine" }, one.context) : null, body,
      make("details", { class: "fp-why" }, make("summary", {}, "为什么排在这里"), make("p", {}, one.why + "，" + one.points.toFixed(1) + " 分。"), make("a", { href: fengpu.root + "search-ranking.html" }, "怎样排序")));
      if (/拼音|也叫|相差|次序/.test(one.why)) element.querySelector("h3").after(make("p", { class: "fp-fine" }, one.why));
      try { body.append(snippet(await textOf(one.number), found.query)); } catch (error) { body.textContent = "摘要没有读到。"; }
      return element;
    };

    const draw = async function () {
      const mine = ++turn, now = asked();
      for (const form of page.querySelectorAll("form")) { if (form.elements.q) form.elements.q.value = now.q; if (form.elements.in) form.elements.in.value = now.within; }
      try {
        await ready();
        const only = !/[0-9a-z\u3400-\u9fff]/.test(normal(now.q));
        if (only) {
          state.textContent = now.q ? "没有可搜的字。" : "写上要找的字、名称或拼音。";
          results.replaceChildren(...(now.q ? [empty("没有找到。")] : []));
          facets.replaceChildren();
          return;
        }
        let inside = null;
        if (now.within) inside = new Set((await search(now.within)).matched);
        const found = await search(now.q, inside);
        const value = await facetsOf(found.matched);
        if (mine !== turn) return;
        drawFacets(found.matched, value, now.chosen);
        const fits = function (number) {
          return Object.keys(now.chosen).every(function (name) { return value(number, name).some(function (word) { return now.chosen[name].has(word); }); });
        };
        const all = found.matched.filter(fits);
        const ranked = found.hits.filter(function (one) { return fits(one.number); });
        const seen = new Set(ranked.map(function (one) { return one.number; }));
        const from = (now.page - 1) * PER_PAGE;
        const order = ranked.concat(all.filter(function (number) { return !seen.has(number); }).map(function (number) { return { number: number }; }));
        const slice = await Promise.all(order.slice(from, from + PER_PAGE).map(async function (one) {
          return one.id ? one : Object.assign(await shown(one.number), { points: 0, why: "正文里有一部分" });
        }));
        const items = await Promise.all(slice.map(function (one) { return item(one, found, now.q); }));
        if (mine !== turn) return;
        state.textContent = order.length ? "找到 " + order.length + " 条。" : "没有找到。";
        results.replaceChildren(...(items.length ? items : [empty("没有找到“" + now.q + "”。", found.nearest)]));
        const pages = Math.ceil(order.length / PER_PAGE);
        page.querySelector(".fp-pages").replaceChildren(...(pages > 1 ? [make("button", { type: "button", disabled: now.page <= 1, click: function () { turnTo(now.page - 1); } }, "上一页"),
          make("span", {}, " " + now.page + " / " + pages + " "), make("button", { type: "button", disabled: now.page >= pages, click: function () { turnTo(now.page + 1); } }, "下一页")] : []));
      } catch (error) {
        if (mine !== turn) return;
        state.textContent = "索引没有读全。";
        results.replaceChildren(make("li", { "data-error": true }, make("p", {}, "索引有一部分没有读到，结果不全，所以没有显示。"), make("button", { type: "button", class: "md-button", click: draw }, "再试一次")));
      }
    };
    const turnTo = function (number) { go(function (given) { if (number > 1) given.set("page", String(number)); }); };

    for (const form of page.querySelectorAll("form")) {
      form.addEventListener("submit", function (event) {
        event.preventDefault();
        const q = form.elements.q ? form.elements.q.value.trim() : null, within = form.elements.in ? form.elements.in.value.trim() : null;
        go(function (given) { if (q !== null) given.set("q", q); if (within) given.set("in", within); else given.delete("in"); });
      });
    }
    window.addEventListener("popstate", draw);
    draw();
  }

  /* ── Opened from a result: mark the words and go to the first ── */

  const wanted = new URLSearchParams(location.search).get("h");
  if (wanted && !page) {
    ready().then(function () {
      const query = parse(wanted.slice(0, LONGEST));
      const words = query.words.concat(query.synonyms.map(function (one) { return one.normal; })).filter(Boolean);
      const article = document.querySelector("article");
      if (!article || !words.length) return;
      const walker = document.createTreeWalker(article, NodeFilter.SHOW_TEXT), nodes = [];
      while (walker.nextNode()) nodes.push(walker.currentNode);
      let first = null;
      for (const node of nodes) {
        const plain = normal(node.data);
        if (node.parentElement.closest("script,style,mark,.fp-pick") || !words.some(function (word) { return plain.includes(word); })) continue;
        const element = marked(node.data, { words: words.filter(function (word) { return plain.includes(word); }), letters: [], synonyms: [] });
        element.className = "fp-found";
        node.replaceWith(element);
        first = first || element.querySelector("mark");
      }
      if (first && !location.hash) first.scrollIntoView({ block: "center" });
    }, function () { /* The page is complete without the marks. */ });
  }
})();
