/* Sorts the columns of a comparison by a row of numbers, where that was found honest. */
(function () {
  "use strict";
  fengpu.sortable = function (table) {
    for (const row of table.querySelectorAll("tr[data-sort]")) {
      const button = fengpu.make("button", {
        type: "button", class: "fp-sort", "aria-pressed": "false", title: "按“" + row.dataset.sort + "”排列各列",
        click: function () { toggle(table, row, button); },
      }, "按此排列");
      row.cells[0].append(button);
    }
  };
  document.querySelectorAll("table.fp-compare").forEach(fengpu.sortable);

  /* Once: the largest first. Twice: the smallest first. Three times: as it was. What is not said stays at the end. */
  function toggle(table, row, button) {
    const turn = ({ "": "down", down: "up", up: "" })[button.dataset.turn || ""];
    const width = row.cells.length - 1;
    if (!table.fpOrder) table.fpOrder = Array.from(table.rows, function (one) { return Array.from(one.cells); });
    const numbers = table.fpOrder[Array.from(table.rows).indexOf(row)].slice(1).map(function (cell) {
      return cell.dataset.number === undefined ? null : Number(cell.dataset.number);
    });
    const order = Array.from({ length: width }, function (_, index) { return index; });
    if (turn) {
      order.sort(function (a, b) {
        if (numbers[a] === null || numbers[b] === null) return (numbers[a] === null) - (numbers[b] === null) || a - b;
        return (turn === "down" ? numbers[b] - numbers[a] : numbers[a] - numbers[b]) || a - b;
      });
    }
    Array.from(table.rows).forEach(function (one, index) {
      const cells = table.fpOrder[index];
      for (const column of order) one.append(cells[column + 1]);
    });
    for (const other of table.querySelectorAll(".fp-sort")) {
      other.dataset.turn = other === button ? turn : "";
      other.setAttribute("aria-pressed", String(other === button && turn !== ""));
      other.textContent = other === button && turn ? (turn === "down" ? "从多到少" : "从少到多") : "按此排列";
    }
  }
})();
