/* Collects what a reader wants to compare, and puts it side by side on compare/index.html?s=beijie,zhuze. */
(function () {
  "use strict";
  const make = fengpu.make, fill = fengpu.fill;
  const MOST = 5;
  const MANY = 4;  // As in comparison.html.
  const KEY = "fengpu-compare";
  const REF = /^[a-z0-9-]{1,60}(\/[a-z0-9-]{1,60})?$/;
  const PAGE = fengpu.root + "compare/index.html";

  /* ── The choice ── */

  function chosen() {
    try {
      const kept = JSON.parse(localStorage.getItem(KEY) || "[]");
      return kept.filter(function (one) { return one && REF.test(one.ref) && typeof one.name === "string"; }).slice(0, MOST);
    } catch (error) {
      return [];  // Storage may be switched off or hold another program's text.
    }
  }

  function keep(choice) {
    try { localStorage.setItem(KEY, JSON.stringify(choice)); } catch (error) { /* The choice then lasts for this page. */ }
  }

  function isMethod(ref) { return ref.includes("/"); }

  /* Add or take away one; returns what to tell the reader. */
  function toggle(ref, name) {
    const choice = chosen();
    const at = choice.findIndex(function (one) { return one.ref === ref; });
    if (at >= 0) { choice.splice(at, 1); keep(choice); return "已移出“" + name + "”。"; }
    if (choice.length && isMethod(choice[0].ref) !== isMethod(ref)) return "派出所和做法不能放在一张表里，请先清空。";
    if (choice.length >= MOST) return "最多并排 " + MOST + " 个。";
    choice.push({ ref: ref, name: name });
    keep(choice);
    return "已选“" + name + "”，共 " + choice.length + " 个。";
  }

  function address(refs) { return PAGE + "?s=" + refs.join(","); }

  // What is said stands outside of what is hidden: only a region that was there before is read aloud.
  const picked = make("div", { class: "fp-tray__picked", hidden: true });
  const said = make("span", { class: "fp-tray__said", role: "status", "aria-live": "polite" });
  const tray = make("div", { class: "fp-tray" }, picked, said);

  function drawTray(message) {
    const choice = chosen();
    said.textContent = message || "";
    picked.hidden = !choice.length;
    tray.classList.toggle("fp-tray--empty", !choice.length && !message);
    fill(picked,
      make("span", { class: "fp-tray__names" }, ...choice.map(function (one) {
        return make("span", { class: "fp-tray__one" }, one.name, make("button", {
          type: "button", "aria-label": "移出" + one.name, click: function () { toggle(one.ref, one.name); redraw("已移出“" + one.name + "”。"); },
        }, "×"));
      })),
      choice.length > 1 ? make("a", { class: "fp-tray__go", href: address(choice.map(function (one) { return one.ref; })) }, "并排比较")
        : make("span", { class: "fp-fine" }, "再选一个就可以比较"),
      make("button", { type: "button", class: "fp-tray__clear", click: function () { keep([]); redraw("已清空。"); } }, "清空"),
    );
    document.body.style.paddingBottom = choice.length ? tray.offsetHeight + "px" : "";  // So that the end of the page is not under it.
  }

  let button = null;
  function drawButton() {
    if (!button) return;
    const inside = chosen().some(function (one) { return one.ref === button.dataset.ref; });
    button.setAttribute("aria-pressed", String(inside));
    button.textContent = inside ? "✓ 已选入比较" : "比较";
  }

  function redraw(message) { drawButton(); drawTray(message); }

  const heading = document.querySelector("h1[data-compare]");
  if (heading) {
    button = make("button", {
      type: "button", class: "fp-pick", "data-ref": heading.dataset.compare,
      click: function () { redraw(toggle(heading.dataset.compare, heading.dataset.name)); },
    });
    heading.after(button);
  }
  document.body.append(tray);
  redraw("");
  window.addEventListener("storage", function (event) { if (event.key === KEY) redraw(""); });
  window.addEventListener("pageshow", function (event) { if (event.persisted) redraw(""); });

  /* ── The page ── */

  const place = document.getElementById("fp-compare");
  if (!place) return;

  /* What the address asks for, and what of it is left out. */
  function asked() {
    const given = (new URLSearchParams(location.search).get("s") || "").split(",").map(function (one) { return one.trim(); }).filter(Boolean);
    const known = given.filter(function (one) { return REF.test(one); });
    const once = Array.from(new Set(known));
    const faults = [];
    if (known.length < given.length) faults.push("网址里有 " + (given.length - known.length) + " 处认不出来，没有用。");
    if (once.length < known.length) faults.push("重复的只列一次。");
    if (once.length > MOST) faults.push("最多并排 " + MOST + " 个，后面的没有列出。");
    return { refs: once.slice(0, MOST), faults: faults };
  }

  function wanted() { return asked().refs; }

  /* Each column: {ref, name, link, rows, notes} or {ref, missing: true}. */
  async function column(ref) {
    const [profile, method] = ref.split("/");
    try {
      if (!method) return Object.assign({ ref: ref }, await fengpu.ask("profile/" + profile));
      const found = await fengpu.ask("methods/" + profile);
      const methods = new Map(Object.entries(found.methods));
      return methods.has(method) ? Object.assign({ ref: ref, notes: found.notes }, methods.get(method)) : { ref: ref, missing: true };
    } catch (error) {
      return { ref: ref, missing: true };
    }
  }

  /* The same reasons as fengpu.derive.compare.differences gives; a test holds the two together. */
  function differences(figures) {
    if (figures.length < 2) return [];
    const reasons = [];
    const measures = new Map(figures.map(function (one) { return [one.measure, one]; }));
    if (measures.size > 1) reasons.push("指标不同：" + Array.from(measures.values(), function (one) { return one.label; }).sort().join("、"));
    for (const one of measures.values()) {
      if (one.compare === "不可比") reasons.push("不可比：" + (measures.size > 1 ? "“" + one.label + "”" : "") + (one.why || "各所所指不同").replace(/。+$/, ""));
    }
    if (Array.from(measures.values()).some(function (one) { return one.compare === "同口径才可比"; })) {
      const definitions = new Map(figures.map(function (one) { return [one.definition, one.unexplained]; }));
      const unclear = Array.from(definitions.values()).filter(Boolean).length;
      const name = definitions.size > 1 ? "口径不同" : "口径不明";
      if (unclear) reasons.push(name + "：" + (unclear < definitions.size ? "有的" : "都") + "没有交代清楚");
      else if (definitions.size > 1) reasons.push(name);
    }
    if (new Set(figures.map(function (one) { return one.unit; })).size > 1) reasons.push("单位不同");
    if (new Set(figures.map(function (one) { return one.own; })).size > 1) reasons.push("范围不同");
    const timed = figures.filter(function (one) { return !(one.point && one.compare === "可比"); });
    if (new Set(timed.map(function (one) { return one.period; })).size > 1) reasons.push("时期不同");
    else if (timed.some(function (one) { return one.undated; })) reasons.push("时期不详");
    if (figures.some(function (one) { return one.one_sided; })) reasons.push("界限不明：有的只说了上限或下限");
    return reasons;
  }
  fengpu.differences = differences;

  /* Those of fengpu.derive.compare.mark and particulars. */
  function mark(reasons) { return reasons.length === 1 ? reasons[0].split("：")[0] : "不能直接比"; }
  function particulars(reasons) { return reasons.length === 1 ? reasons[0].split("：").slice(1).join("：") : reasons.join("；"); }

  /* The one value to sort by; null where there is none or more than one. */
  function number(figures) {
    const known = figures.filter(function (one) { return one.value !== null; });
    return known.length === 1 ? known[0].value : null;
  }

  function gap(key) {
    if (key.startsWith("axis:")) return '<span class="fp-gap fp-gap--inapplicable" title="不属于同一种打法，没有这个对照项">不适用</span>';
    if (key.startsWith("playbook:")) return '<span class="fp-gap fp-gap--unsaid" title="来源没有提到">没有收录</span>';
    return '<span class="fp-gap fp-gap--unsaid" title="来源没有说">不详</span>';
  }

  function drop(ref, name) {
    return make("button", {
      type: "button", class: "fp-drop", "aria-label": "去掉" + name, click: function () { show(wanted().filter(function (one) { return one !== ref; })); },
    }, "去掉");
  }

  /* Number the references of a cell, which count the notes of its column, through the whole table. */
  function renumber(cell, own, notes) {
    for (const ref of cell.querySelectorAll(".fp-ref")) {
      const note = own[Number(ref.textContent.slice(1, -1)) - 1];
      const place = notes.indexOf(note) + 1 || notes.push(note);
      ref.textContent = "[" + place + "]";
      ref.setAttribute("href", "#note-" + place);
    }
  }

  // Labels, cells and notes are made and escaped at build, never by the reader.
  function html(element, text) {
    element.innerHTML = text;
    return element;
  }

  function row(label, columns, found, notes) {
    const head = html(make("th", { scope: "row" }), label);
    const cells = found.map(function (one, index) {
      const cell = html(make("td", { "data-name": columns[index].name }), one ? one[3] : gap(found.find(Boolean)[1]));
      cell.classList.toggle("fp-none", cell.children.length === 1 && cell.firstElementChild.classList.contains("fp-gap"));
      renumber(cell, columns[index].notes, notes);
      return cell;
    });
    const line = make("tr", {}, head, ...cells);
    const figures = found.map(function (one) { return (one && one[4]) || []; });
    // The numbers of one column alone are held against nothing.
    const reasons = figures.filter(function (some) { return some.length; }).length > 1 ? differences(figures.flat()) : [];
    if (reasons.length) {
      head.append(make("span", { class: "fp-incomparable" }, mark(reasons)));
      if (particulars(reasons)) head.append(make("span", { class: "fp-fine" }, particulars(reasons)));
    } else if (figures.map(number).filter(function (one) { return one !== null; }).length > 1) {
      line.dataset.sort = head.textContent;
      figures.map(number).forEach(function (one, index) { if (one !== null) cells[index].dataset.number = one; });
    }
    return line;
  }

  function table(columns) {
    const labels = new Map(), notes = [];
    for (const one of columns) for (const [order, key, label] of one.rows) if (!labels.has(key)) labels.set(key, [order, label]);
    const keys = Array.from(labels.keys()).sort(function (a, b) { return labels.get(a)[0] - labels.get(b)[0] || (a < b ? -1 : 1); });
    const head = make("tr", {}, make("th", { scope: "col" }, "项目"), ...columns.map(function (one) {
      return make("th", { scope: "col" }, make("a", { href: one.link }, one.name), drop(one.ref, one.name));
    }));
    const body = make("tbody", {}, ...keys.map(function (key) {
      return row(labels.get(key)[1], columns, columns.map(function (one) { return one.rows.find(function (row) { return row[1] === key; }); }), notes);
    }));
    const many = columns.length >= MANY;
    const made = make("table", { class: "fp-compare" + (many ? " fp-compare--many" : "") }, make("thead", { class: "fp-named" }, head), body);
    fengpu.sortable(made);
    return make("div", {},
      make("div", { class: "fp-scroll", role: "region", "aria-label": "对照表", tabindex: "0" }, made),
      make("ol", { class: "fp-notes" }, ...notes.map(function (note, index) { return html(make("li", { id: "note-" + (index + 1) }), note); })));
  }

  const state = make("p", { role: "status", "aria-live": "polite", class: "fp-fine" });
  const result = make("div", {});

  let drawn = null;
  async function draw() {
    const refs = wanted();
    drawn = refs.join();
    const columns = await Promise.all(refs.map(column));
    if (refs.join() !== wanted().join()) return;  // Another choice has been made meanwhile.
    const missing = columns.filter(function (one) { return one.missing; });
    const good = columns.filter(function (one) { return !one.missing; });
    const mixed = new Set(good.map(function (one) { return isMethod(one.ref); })).size > 1;
    fill(result);
    place.classList.toggle("fp-compared", good.length > 0 && !mixed);  // What is ready made is not printed with it.
    const messages = asked().faults;
    if (missing.length) messages.push("找不到或者没有读到：" + missing.map(function (one) { return one.ref; }).join("、") + "。");
    if (mixed) messages.push("派出所和做法不能放在一张表里，请去掉一类。");
    else if (good.length > 1) { messages.push(good.length + " 个并排。空缺照实写明；能比的数字可以排列，不能比的写明理由。"); result.append(table(good)); }
    else if (good.length === 1) { messages.push("再选一个就可以比较。"); result.append(table(good)); }
    else if (!missing.length) messages.push("还没有选。");
    if (mixed || missing.length) result.prepend(make("ul", { class: "fp-chosen" }, ...(mixed ? columns : missing).map(function (one) {
      return make("li", {}, one.name || one.ref, " ", drop(one.ref, one.name || one.ref));
    })));
    if (missing.length) result.append(make("button", { type: "button", class: "md-button", click: draw }, "再试一次"));
    state.textContent = messages.join("");
  }

  function show(refs) {
    history.pushState(null, "", refs.length ? "?s=" + refs.join(",") : location.pathname);
    draw();
  }
  // A reference to a note changes the address too, but not what is chosen.
  window.addEventListener("popstate", function () { if (wanted().join() !== drawn) draw(); });

  /* ── Choosing on the page: province, then station, then perhaps a method ── */

  function picker() {
    const list = make("select", { change: fillProfiles }, make("option", { value: "" }, "省份…"),
      ...Array.from(place.querySelectorAll("[data-list]"), function (one) { return make("option", { value: one.dataset.list }, one.textContent); }));
    const profile = make("select", { disabled: true, change: fillMethods }, make("option", { value: "" }, "派出所…"));
    const method = make("select", { disabled: true }, make("option", { value: "" }, "整个所"));
    let entries = [];
    async function fillProfiles() {
      fill(profile, make("option", { value: "" }, "派出所…"));
      profile.disabled = true;
      entries = [];
      if (list.value) {
        const asked = list.value;
        try { entries = await fengpu.ask("list/" + asked); } catch (error) { state.textContent = "名单没有读到，请再选一次。"; return; }
        if (asked !== list.value) return;
        for (const [id, name] of entries) profile.append(make("option", { value: id }, name));
        profile.disabled = false;
      }
      fillMethods();
    }
    function fillMethods() {
      const entry = entries.find(function (one) { return one[0] === profile.value; });
      fill(method, make("option", { value: "" }, "整个所"));
      for (const [id, name] of entry ? entry[2] : []) method.append(make("option", { value: id }, name));
      method.disabled = !entry;
    }
    return make("form", {
      class: "fp-form", submit: function (event) {
        event.preventDefault();
        if (!profile.value) { state.textContent = "先选一个派出所。"; return; }
        const ref = profile.value + (method.value ? "/" + method.value : "");
        const now = wanted();
        if (now.includes(ref)) { state.textContent = "已经在表里了。"; return; }
        if (now.length >= MOST) { state.textContent = "最多并排 " + MOST + " 个。"; return; }
        show(now.concat(ref));
      },
    }, make("fieldset", {}, make("legend", {}, "加入一个"),
      make("label", {}, "省份 ", list), make("label", {}, "派出所 ", profile), make("label", {}, "做法 ", method),
      make("button", { type: "submit", class: "md-button" }, "加入")));
  }

  place.append(picker(), state, result);
  document.addEventListener("DOMContentLoaded", draw);  // table.js comes after this script.
})();
