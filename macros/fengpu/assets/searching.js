/* The search as it is seen: the box in the header, the page search/index.html, and the words marked in an opened page. */
(function () {
  "use strict";
  const make = fengpu.make, fill = fengpu.fill, search = fengpu.search;
  const ready = search.ready, parse = search.parse, pairs = search.pairs, normal = search.normal, labelOf = search.labelOf;
  const SHOWN = 10;   // So many results are on a page.

  /* ── Marking ── */

  /* Which characters of a text are part of what was asked for. */
  function asked(text, query, anyPair) {
    const plain = normal(text), at = [], hit = new Array(text.length).fill(false);
    let bare = "";
    for (let index = 0; index < plain.length; index++) {
      if ("“”‘’\"'「」『』《》〈〉".includes(plain[index])) continue;
      bare += plain[index];
      at.push(index);
    }
    function mark(word) {
      for (let found = bare.indexOf(word); found >= 0; found = bare.indexOf(word, found + 1)) hit.fill(true, at[found], at[found + word.length - 1] + 1);
      return bare.includes(word);
    }
    for (const word of new Set(query.words.concat(query.latin))) if (!mark(word) && anyPair) pairs(word).forEach(mark);
    for (const one of query.synonyms) mark(one.normal);
    return hit;
  }

  /* Which characters of a title are read as what was typed. */
  function heardIn(title, query, heard) {
    const hit = new Array(title.length).fill(false), places = [];
    for (let at = 0; at < title.length; at++) if (/[0-9a-z\u3400-\u9fff]/.test(normal(title[at]))) places.push(at);
    for (const syllables of query.letters ? search.readings(title, heard) : []) {
      if (syllables.length !== places.length) continue;
      const first = syllables.map(function (one) { return one[0]; }).join("").indexOf(query.letters);
      for (let at = 0; first >= 0 && at < query.letters.length; at++) hit[places[first + at]] = true;
      for (let from = 0; from < syllables.length; from++) {
        let sound = "", to = from;
        while (to < syllables.length && sound.length < query.letters.length) sound += syllables[to++];
        if (!sound.startsWith(query.letters)) continue;
        while (from < to) hit[places[from++]] = true;
        return hit;
      }
    }
    return hit;
  }

  function marked(text, hit) {
    const element = make("span", {});
    for (let at = 0; at < text.length;) {
      let end = at;
      while (end < text.length && hit[end] === hit[at]) end++;
      element.append(hit[at] ? make("mark", {}, text.slice(at, end)) : text.slice(at, end));
      at = end;
    }
    return element;
  }

  function titled(one, query) {
    const hit = asked(one.title, query, true), heard = heardIn(one.title, query, one.heard && one.heard[0]);
    return marked(one.title, hit.map(function (own, at) { return own || heard[at]; }));
  }

  /* The stretch of text with the most of the query in it. */
  function snippet(text, query) {
    const WIDTH = 90, hit = asked(text, query, true);
    let best = 0, most = 0, now = 0;
    for (let at = 0; at < text.length; at++) {
      now += hit[at] - (at >= WIDTH - 24 ? hit[at - WIDTH + 24] : 0);
      if (now > most) { most = now; best = Math.max(0, at - WIDTH + 24); }
    }
    /* From a little before the first word, and not from within a surrogate pair. */
    while (best < text.length && most && !hit[best]) best++;
    best = Math.max(0, best - 24);
    if (best && /[\udc00-\udfff]/.test(text[best])) best++;
    const end = Math.min(text.length, best + WIDTH), made = marked(text.slice(best, end), hit.slice(best, end));
    if (best) made.prepend("…");
    if (end < text.length) made.append("…");
    return made;
  }

  function address(one, text) {
    const [path, anchor] = one.url.split("#");
    return fengpu.root + path + (text ? "?h=" + encodeURIComponent(text) : "") + (anchor ? "#" + anchor : "");
  }

  /* encodeURIComponent and the history refuse half a surrogate pair. */
  function paired(text) { return text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, ""); }

  /* ── The box in the header: a combobox by the ARIA pattern ── */

  const box = document.querySelector("form.fp-search");
  if (box) {
    const input = box.elements.q, list = box.querySelector("[role=listbox]"), told = box.querySelector("[role=status]"), fault = box.querySelector(".fp-search__fault");
    let active = -1, turn = 0, composing = false, waiting = 0;

    const close = function () {
      list.hidden = fault.hidden = true;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
      active = -1;
    };
    const point = function (at) {
      const options = list.children;
      active = (at + options.length) % options.length;
      Array.from(options).forEach(function (one, index) { one.setAttribute("aria-selected", String(index === active)); });
      input.setAttribute("aria-activedescendant", options[active].id);
      options[active].scrollIntoView({ block: "nearest" });
    };
    const suggest = async function () {
      const mine = ++turn, text = paired(input.value.trim());
      close();
      if (!text) { told.textContent = ""; return; }
      let found, shown;
      try {
        found = await search(text);
        shown = await found.part(0, 8);
      } catch (error) {
        if (mine !== turn) return;
        told.textContent = "索引没有读到，没有建议。";
        fault.hidden = false;
        return;
      }
      if (mine !== turn || document.activeElement !== input) return;
      fill(list, ...shown.map(function (one, index) {
        return make("li", { role: "option", id: "fp-option-" + index, "aria-selected": "false", "data-url": address(one, text) },
          titled(one, found.query), make("span", { class: "fp-fine" }, [labelOf("kind", one.kind), one.context.split(" ")[0]].filter(Boolean).join(" · ")));
      }));
      told.textContent = shown.length ? "有 " + shown.length + " 条建议，用上下键选择。" : "没有建议。";
      list.hidden = !shown.length;
      input.setAttribute("aria-expanded", String(!list.hidden));
    };
    const later = function () { clearTimeout(waiting); if (!composing) waiting = setTimeout(suggest, 60); };

    input.addEventListener("compositionstart", function () { composing = true; clearTimeout(waiting); });
    input.addEventListener("compositionend", function () { composing = false; later(); });
    input.addEventListener("input", later);
    input.addEventListener("keydown", function (event) {
      if (event.isComposing || composing) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (list.hidden) suggest();
        else if (active < 0) point(event.key === "ArrowDown" ? 0 : -1);
        else point(active + (event.key === "ArrowDown" ? 1 : -1));
      } else if (event.key === "Escape" && !(list.hidden && fault.hidden)) { event.preventDefault(); turn++; close(); }
      else if (event.key === "Enter" && active >= 0) { event.preventDefault(); location.href = list.children[active].dataset.url; }
    });
    list.addEventListener("mousedown", function (event) {
      const option = event.target.closest("[role=option]");
      if (option) { event.preventDefault(); location.href = option.dataset.url; }
    });
    fault.querySelector("button").addEventListener("mousedown", function (event) { event.preventDefault(); });
    fault.querySelector("button").addEventListener("click", function () { input.focus(); suggest(); });
    input.addEventListener("blur", function (event) { if (!box.contains(event.relatedTarget)) { turn++; close(); } });
    box.addEventListener("submit", function (event) { if (composing || !input.value.trim()) event.preventDefault(); });
    document.addEventListener("keydown", function (event) {
      const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || event.target.isContentEditable;
      const plain = !event.ctrlKey && !event.altKey && !event.metaKey;
      if ((event.key === "/" && !typing && plain) || (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey)) {
        event.preventDefault();
        input.focus();
        input.select();
      }
    });
    if (document.getElementById("fp-results")) input.value = (new URLSearchParams(location.search).get("q") || "").slice(0, 200);
  }

  /* ── The page ── */

  const page = document.getElementById("fp-results");
  if (page) {
    const state = page.querySelector("[role=status]"), results = page.querySelector("#results"), sides = page.querySelector(".fp-facets"), turns = page.querySelector(".fp-pages");
    const NAMES = JSON.parse(page.dataset.facets), opened = new Set();
    if (matchMedia("(min-width: 45em)").matches) for (const name of ["kind", "province", "playbook"]) opened.add(name);
    let turn = 0;

    const wishes = function () {
      const given = new URLSearchParams(location.search), chosen = new Map();
      for (const name of NAMES) {
        const words = given.getAll(name).filter(function (one) { return one && one.length < 80; }).slice(0, 50);
        if (words.length) chosen.set(name, new Set(words));
      }
      const number = Math.floor(Number(given.get("page")));
      return { q: paired((given.get("q") || "").slice(0, 200)), within: paired((given.get("in") || "").slice(0, 200)), chosen: chosen, page: number > 0 && number < 1e5 ? number : 1 };
    };
    const go = function (change) {
      const given = new URLSearchParams(location.search);
      given.delete("page");
      change(given);
      history.pushState(null, "", "?" + given);
      return draw();
    };
    const retry = function (message, again) {
      return [make("p", {}, message), make("button", { type: "button", class: "md-button", click: again }, "再试一次")];
    };
    const empty = function (message, now, nearest) {
      const narrowed = now.chosen.size > 0 || now.within;
      return make("li", { "data-empty": true, class: "fp-none" }, make("p", {}, message),
        narrowed ? make("p", {}, make("button", { type: "button", class: "md-button", click: clear }, "不筛选再找")) : null,
        nearest && nearest.length ? make("p", { class: "fp-nearest" }, "也许有关的：", ...nearest.map(function (one) { return make("a", { href: address(one, "") }, one.title); })) : null,
        make("p", {}, "也可以浏览：", make("a", { href: fengpu.root + "stations/index.html" }, "按省份看派出所"), " ", make("a", { href: fengpu.root + "playbooks/index.html" }, "全部打法"), " ",
          make("a", { href: fengpu.root + "problems/index.html" }, "按问题找")));
    };
    const clear = function () { go(function (given) { for (const name of NAMES.concat("in")) given.delete(name); }); };

    /* What narrows what was found: for each of `numbers` the one chosen facet that it does not fit, if it is one only. */
    const FITS = 0, MANY = 255;
    const missing = function (numbers, chosen, columns) {
      const names = Array.from(chosen.keys());
      return Uint8Array.from(numbers, function (number) {
        let missed = FITS;
        names.forEach(function (name, at) {
          if (!columns.get(name)(number).some(function (word) { return chosen.get(name).has(word); })) missed = missed === FITS ? at + 1 : MANY;
        });
        return missed;
      });
    };

    const drawFacets = async function (found, now, columns, mine) {
      const missed = missing(found.matched, now.chosen, columns), names = Array.from(now.chosen.keys());
      const focus = sides.contains(document.activeElement) ? document.activeElement : null;
      const made = await Promise.all(search.facets().map(async function (facet) {
        const [name, label] = facet, on = now.chosen.has(name);
        const field = make("fieldset", {}, make("legend", {}, label));
        const count = async function () {
          let words;
          try { words = columns.get(name) || await search.column(name, found.matched); } catch (error) {
            fill(field, make("legend", {}, label), ...retry("这一项没有读到。", function () { count(); }));
            return;
          }
          const sets = new Map(), counts = new Map(), own = names.indexOf(name) + 1;
          // A facet's own choice does not narrow its own counts: several words of one facet mean either.
          found.matched.forEach(function (number, at) {
            if (missed[at] === FITS || (own && missed[at] === own)) { const set = words(number); sets.set(set, (sets.get(set) || 0) + 1); }
          });
          for (const [set, many] of sets) for (const word of set) counts.set(word, (counts.get(word) || 0) + many);
          for (const word of now.chosen.get(name) || []) if (!counts.has(word)) counts.set(word, 0);
          const rows = Array.from(counts).sort(function (a, b) { return b[1] - a[1] || (a[0] < b[0] ? -1 : 1); });
          fill(field, make("legend", {}, label), ...(rows.length ? rows.map(function (one) { return choice(name, one[0], one[1], on && now.chosen.get(name).has(one[0])); }) : [make("p", { class: "fp-fine" }, "没有可选的。")]));
        };
        const open = on || opened.has(name);
        if (open) await count();
        return make("details", { open: open, "data-facet": name, toggle: function (event) {
          if (!event.target.open) opened.delete(name);
          else { opened.add(name); if (!field.querySelector("label")) count(); }
        } }, make("summary", {}, label + (on ? "（已选 " + now.chosen.get(name).size + "）" : "")), field);
      }));
      if (mine !== turn) return;
      fill(sides, ...made);
      const again = focus && Array.from(sides.querySelectorAll("input")).find(function (one) { return one.name === focus.name && one.value === focus.value; });
      if (again) again.focus();
    };
    const choice = function (name, word, many, on) {
      return make("label", {}, make("input", { type: "checkbox", name: name, value: word, checked: on, change: function (event) {
        go(function (given) {
          const words = given.getAll(name).filter(function (one) { return one !== word; });
          given.delete(name);
          for (const one of event.target.checked ? words.concat(word) : words) given.append(name, one);
        });
      } }), " " + labelOf(name, word) + " ", make("span", { class: "fp-fine" }, String(many)));
    };

    const item = function (one, query, text) {
      const body = make("p", { class: "fp-snippet" }), heard = /音|也叫|相差|次序|几乎/.test(one.why);
      const summarize = async function () {
        let found;
        try { found = await search.textOf(one); } catch (error) {
          fill(body, "摘要没有读到。", make("button", { type: "button", class: "fp-pick", click: summarize }, "再试一次"));
          return;
        }
        fill(body, snippet(found, query));
      };
      summarize();
      return make("li", { "data-id": one.id, "data-kind": one.kind },
        make("h3", {}, make("a", { href: address(one, text) }, titled(one, query)), make("span", { class: "fp-kind" }, labelOf("kind", one.kind))),
        heard ? make("p", { class: "fp-fine fp-heard" }, one.why) : null,
        one.context ? make("p", { class: "fp-fine" }, one.context) : null, body,
        make("details", { class: "fp-why" }, make("summary", {}, "为什么排在这里"),
          make("ul", {}, ...one.reasons.map(function (reason) { return make("li", {}, reason[0] + "：" + reason[1].toFixed(1) + " 分"); })),
          make("p", {}, "合计 " + one.points.toFixed(1) + " 分。", make("a", { href: fengpu.root + "search-ranking.html" }, "怎样排序"))));
    };

    const draw = async function () {
      const mine = ++turn, now = wishes();
      for (const form of page.querySelectorAll("form")) { if (form.elements.q) form.elements.q.value = now.q; if (form.elements.in) form.elements.in.value = now.within; }
      results.setAttribute("aria-busy", "true");
      try {
        await ready();
        const asks = parse(now.q);
        if (!(asks.words.length || asks.latin.length)) {
          if (mine !== turn) return;
          state.textContent = now.q ? "没有可搜的字。" : "写上要找的字、名称或拼音。";
          fill(results, ...(now.q ? [empty("没有找到：所写的没有汉字、字母或数字。", now)] : []));
          fill(sides);
          fill(turns);
          return;
        }
        const columns = new Map();
        const choose = async function (numbers) {
          await Promise.all(Array.from(now.chosen.keys(), async function (name) { columns.set(name, await search.column(name, numbers)); }));
          return now.chosen.size ? function (number) {
            return Array.from(now.chosen).every(function (one) { return columns.get(one[0])(number).some(function (word) { return one[1].has(word); }); });
          } : null;
        };
        const found = await search(now.q, { within: now.within ? search.setOf((await search(now.within)).matched) : null, choose: choose });
        const many = found.wanted.length, pages = Math.max(1, Math.ceil(many / SHOWN)), at = Math.min(now.page, pages);
        const shown = await found.part((at - 1) * SHOWN, at * SHOWN);
        if (mine !== turn) return;
        state.textContent = many ? "找到 " + many + " 条" + (pages > 1 ? "，第 " + at + " 页，共 " + pages + " 页" : "") + (found.partial ? "，都只合上所写的一部分。" : "。") : "没有找到。";
        fill(results, ...(many ? shown.map(function (one) { return item(one, found.query, now.q); }) : [empty("没有找到“" + now.q + "”。", now, found.nearest)]));
        fill(turns, ...(pages > 1 ? [make("button", { type: "button", class: "md-button", disabled: at <= 1, click: function () { turnTo(at - 1); } }, "上一页"),
          make("span", {}, " " + at + " / " + pages + " "), make("button", { type: "button", class: "md-button", disabled: at >= pages, click: function () { turnTo(at + 1); } }, "下一页")] : []));
        await drawFacets(found, now, columns, mine);
      } catch (error) {
        if (mine !== turn) return;
        state.textContent = "索引没有读全。";
        fill(results, make("li", { "data-error": true }, ...retry("索引有一部分没有读到，结果不全，所以没有显示。", draw)));
        fill(sides);
        fill(turns);
      } finally {
        if (mine === turn) results.removeAttribute("aria-busy");
      }
    };
    const turnTo = async function (number) {
      await go(function (given) { if (number > 1) given.set("page", String(number)); });
      state.scrollIntoView({ block: "nearest" });
    };

    for (const form of page.querySelectorAll("form")) {
      form.addEventListener("submit", function (event) {
        event.preventDefault();
        const q = form.elements.q ? form.elements.q.value.trim() : null, within = form.elements.in ? form.elements.in.value.trim() : null;
        go(function (given) {
          if (q !== null) { given.set("q", paired(q)); given.delete("in"); }
          else if (within) given.set("in", paired(within));
          else given.delete("in");
        });
      });
    }
    window.addEventListener("popstate", draw);
    draw();
  }

  /* ── Opened from a result: mark the words and go to the first ── */

  const wanted = new URLSearchParams(location.search).get("h");
  if (wanted && !page) {
    ready().then(function () {
      const query = parse(paired(wanted)), article = document.querySelector("article");
      if (!article || !(query.words.length || query.latin.length)) return;
      const walker = document.createTreeWalker(article, NodeFilter.SHOW_TEXT), nodes = [];
      while (walker.nextNode()) if (!walker.currentNode.parentElement.closest("script,style,button,.fp-pick")) nodes.push(walker.currentNode);
      let first = null;
      // Where no word stands as it was written, its pairs are shown.
      const own = query.words.concat(query.latin);
      const written = nodes.some(function (node) { const plain = normal(node.data); return own.some(function (word) { return plain.includes(word); }); });
      for (const node of nodes) {
        const hit = asked(node.data, query, !written);
        if (!hit.includes(true)) continue;
        const element = marked(node.data, hit);
        element.className = "fp-found";
        node.replaceWith(element);
        first = first || element.querySelector("mark");
      }
      if (first && !location.hash) first.scrollIntoView({ block: "center" });
    }, function () { /* The page is complete without the marks. */ });
  }
})();
