/* Finds the stations most like the reader's own: like/index.html?area=mountain&officers=4&problem=neighbours.
   The points are those of fengpu.derive.similar; a test holds the two together. */
(function () {
  "use strict";
  const form = document.getElementById("fp-like");
  if (!form) return;
  const make = fengpu.make, fill = fengpu.fill;
  const weights = JSON.parse(form.dataset.weights);
  const names = JSON.parse(form.dataset.names);
  const shards = JSON.parse(form.dataset.shards);
  const FIELDS = Object.keys(weights);
  const MOST = 10;
  const state = make("p", { role: "status", "aria-live": "polite" });
  const result = make("div", {});

  function points(mine, theirs, weight) {
    if (Array.isArray(mine)) {
      return Math.floor(weight * mine.filter(function (one) { return theirs.includes(one); }).length / mine.length);
    }
    if (typeof mine === "number") return Math.max(mine, theirs) ? Math.floor(weight * Math.min(mine, theirs) / Math.max(mine, theirs)) : weight;
    return mine === theirs ? weight : 0;
  }

  function near(mine, theirs) {
    const reasons = [], missing = [];
    for (const field of FIELDS) {
      if (mine[field] === null || theirs[field] === null) missing.push(field);
      else reasons.push([field, points(mine[field], theirs[field], weights[field])]);
    }
    return { points: reasons.reduce(function (sum, one) { return sum + one[1]; }, 0), reasons: reasons, missing: missing };
  }
  fengpu.near = near;

  function number(name) {
    const text = form.elements[name].value.trim();
    return text === "" ? null : Number(text);
  }

  function checked(name) {
    return Array.from(form.querySelectorAll("[name=" + name + "]:checked"), function (one) { return one.value; });
  }

  function described() {
    const areas = checked("area"), problems = checked("problem");
    return {
      area_types: areas.length ? areas : null, problems: problems.length ? problems : null, officers: number("officers"),
      residents: number("residents"), calls: number("calls"), province: form.elements.province.value || null,
    };
  }

  function describe(traits) {
    for (const box of form.querySelectorAll("[type=checkbox]")) {
      box.checked = ((box.name === "area" ? traits.area_types : traits.problems) || []).includes(box.value);
    }
    for (const name of ["officers", "residents", "calls"]) {
      const field = form.elements[name];
      field.value = traits[name] === null ? "" : traits[name];
      if (!field.validity.valid) field.value = "";
    }
    form.elements.province.value = traits.province || "";
  }

  async function ranked(mine, names, except) {
    const found = new Map();
    for (const list of await Promise.all(names.map(function (one) { return fengpu.ask("like/" + one); }))) for (const one of list) found.set(one.id, one);
    return Array.from(found.values()).filter(function (one) { return one.id !== except; })
      .map(function (station) { return Object.assign({ station: station }, near(mine, station)); })
      .filter(function (one) { return one.points; })
      .sort(function (a, b) { return b.points - a.points || (a.station.id < b.station.id ? -1 : 1); });
  }

  /* The nearest, the nearest first. Stations of other kinds of area are looked at only where they could come among the first. */
  async function nearest(mine, except) {
    const alike = mine.area_types ? shards.filter(function (one) { return one === "unknown" || mine.area_types.includes(one); }) : shards;
    const found = await ranked(mine, alike, except);
    const most = FIELDS.reduce(function (sum, field) { return field === "area_types" || mine[field] === null ? sum : sum + weights[field]; }, 0);
    const enough = alike.length === shards.length || !most || (found.length >= MOST && found[MOST - 1].points > most);
    return enough ? found : ranked(mine, shards, except);
  }

  function why(one, mine) {
    const gave = one.reasons.filter(function (reason) { return reason[1]; }).map(function (reason) { return names[reason[0]] + " +" + reason[1]; });
    const unlike = one.reasons.filter(function (reason) { return !reason[1]; }).map(function (reason) { return names[reason[0]]; });
    const missing = one.missing.filter(function (field) { return mine[field] !== null; }).map(function (field) { return names[field]; });
    return (gave.join("，") || "没有相同的项目") + (unlike.length ? "；不同：" + unlike.join("、") : "") + (missing.length ? "；不详：" + missing.join("、") : "");
  }

  function card(one, mine) {
    const fits = mine.problems ? one.station.methods.filter(function (method) { return method[2].some(function (problem) { return mine.problems.includes(problem); }); }) : one.station.methods;
    const shown = fits.slice(0, 8).map(function (method) {
      return make("li", {}, make("a", { href: fengpu.root + "stations/" + one.station.id + "/" + method[0] + "/index.html" }, method[1]));
    });
    return make("li", { class: "fp-card", "data-id": one.station.id },
      make("h3", {}, make("a", { href: fengpu.root + "stations/" + one.station.id + "/index.html" }, one.station.name), " ", make("strong", {}, one.points + " 分")),
      make("p", { class: "fp-fine" }, why(one, mine)),
      shown.length ? make("p", {}, mine.problems ? "针对所选问题的做法：" : "做法：") : null,
      shown.length ? make("ul", { class: "fp-fits" }, ...shown) : make("p", { class: "fp-fine" }, "没有收录针对所选问题的做法。"),
      fits.length > shown.length ? make("p", { class: "fp-fine" }, "另有 " + (fits.length - shown.length) + " 个，见该所的页面。") : null);
  }

  async function search(except) {
    const mine = described();
    if (FIELDS.every(function (field) { return mine[field] === null; })) { state.textContent = "至少填一项。"; fill(result); return; }
    let found;
    try {
      found = await nearest(mine, except);
    } catch (error) {
      state.textContent = "资料没有读全。";
      fill(result, make("button", { type: "button", class: "md-button", click: function () { search(except); } }, "再试一次"));
      return;
    }
    const given = FIELDS.filter(function (field) { return mine[field] !== null; }).map(function (field) { return names[field]; });
    state.textContent = "按" + given.join("、") + "比较，" + (found.length > MOST ? "列出最相近的 " + MOST + " 个所。" : found.length + " 个所有相同之处。");
    fill(result, make("ol", { class: "fp-cards fp-cards--wide fp-plain" }, ...found.slice(0, MOST).map(function (one) { return card(one, mine); })));
  }

  function remember() {
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (value) query.append(name, value);
    history.replaceState(null, "", "?" + query);
  }

  /* A station that is in the book already: its own fields are filled in and it is left out of what is found. */
  async function pick(id) {
    let profile;
    try { profile = await fengpu.ask("profile/" + id); } catch (error) { profile = {}; }
    if (!profile.traits) { state.textContent = "找不到这个派出所。"; fill(result); return; }  // A region has no traits.
    describe(profile.traits);
    await search(id);
  }

  const list = document.getElementById("fp-like-list"), stations = document.getElementById("fp-like-station");
  list.addEventListener("change", async function () {
    const wanted = list.value;
    let entries = [];
    try { if (wanted) entries = await fengpu.ask("list/" + wanted); } catch (error) { state.textContent = "名单没有读到，请再选一次。"; list.value = ""; return; }
    if (list.value !== wanted) return;  // Another province was chosen meanwhile.
    fill(stations, make("option", { value: "" }, wanted ? "请选择" : "先选省份"),
      ...entries.map(function (one) { return make("option", { value: one[0] }, one[1]); }));
    stations.disabled = !wanted;
  });
  stations.addEventListener("change", function () {
    if (!stations.value) return;
    history.replaceState(null, "", "?like=" + stations.value);
    pick(stations.value);
  });

  form.addEventListener("submit", function (event) { event.preventDefault(); remember(); search(null); });
  form.after(state, result);
  const given = new URLSearchParams(location.search);
  if (given.get("like") && /^[a-z0-9-]{1,60}$/.test(given.get("like"))) {
    pick(given.get("like"));
  } else if (Array.from(given.keys()).length) {
    describe({
      area_types: given.getAll("area"), problems: given.getAll("problem"), province: given.get("province"),
      officers: count("officers"), residents: count("residents"), calls: count("calls"),
    });
    search(null);
  }

  function count(name) {
    const text = given.get(name);
    return text && /^\d{1,9}$/.test(text) ? Number(text) : null;
  }
})();
