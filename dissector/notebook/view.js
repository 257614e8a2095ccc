(() => {
  // Every output brings this script; each takes the views that none has taken yet.
  const WIDTH = 16;

  const bind = (message) => {
    const tree = message.querySelector(".kd-tree");
    const bytes = message.querySelector(".kd-bytes");
    let painted = [];
    let chosen = null;

    const region = (element) => element.dataset.bytes.split(":").map(Number);

    // Where in a row's text a byte's two digits stand, and its letter.
    const digits = (hex) => Number(hex.dataset.digits);
    const column = (hex, index) => digits(hex) + 2 + 3 * index + (index >= WIDTH / 2 ? 1 : 0);
    const letter = (hex, index) => digits(hex) + 2 + 3 * WIDTH + 2 + index;

    const paint = (hex, row, first, last) => {
      const content = row.textContent;
      const parts = [];
      let at = 0;
      for (const [from, to] of [[column(hex, first), column(hex, last) + 2], [letter(hex, first), letter(hex, last) + 1]]) {
        const mark = document.createElement("mark");
        mark.textContent = content.slice(from, to);
        parts.push(content.slice(at, from), mark);
        at = to;
      }
      row.replaceChildren(...parts, content.slice(at));
      painted.push(row);
    };

    const show = (box, element) => { // scrolls the box only: not the page, not the notebook
      const inner = element.getBoundingClientRect();
      const outer = box.getBoundingClientRect();
      if (inner.top < outer.top || inner.bottom > outer.bottom) {
        box.scrollTop += inner.top - outer.top - Math.max(0, (outer.height - inner.height) / 3);
      }
    };

    const choose = (element) => {
      for (const row of painted) row.textContent = row.textContent;
      painted = [];
      if (chosen) chosen.classList.remove("kd-chosen");
      chosen = element;
      element.classList.add("kd-chosen");
      for (let details = element.closest("details"); details; details = details.parentElement.closest("details")) {
        if (element.parentElement !== details || element.tagName !== "SUMMARY") details.open = true;
      }
      show(tree, element);
      if (!bytes) return;
      const [number, start, stop] = region(element);
      const hex = bytes.querySelector(`.kd-hex[data-buffer="${number}"]`);
      if (!hex) return;
      for (const row of hex.querySelectorAll(".kd-row")) {
        const offset = Number(row.dataset.offset);
        const first = Math.max(start - offset, 0);
        const last = Math.min(stop - offset, WIDTH) - 1;
        if (first <= last) paint(hex, row, first, last);
      }
      if (painted.length) show(bytes, painted[0]);
    };

    const byteAt = (hex, row, x) => {
      const box = row.getBoundingClientRect();
      const at = Math.floor(((x - box.left) / box.width) * row.textContent.length);
      for (let index = 0; index < WIDTH; index++) {
        const from = column(hex, index);
        if ((at >= from && at < from + 3) || at === letter(hex, index)) return Number(row.dataset.offset) + index;
      }
      return -1;
    };

    tree.addEventListener("click", (event) => {
      const element = event.target.closest("[data-bytes]");
      const summary = event.target.closest("summary");
      if (summary && event.detail > 0) { // the triangle opens and closes, the text chooses
        const indent = parseFloat(getComputedStyle(summary).paddingLeft);
        if (element && event.clientX - summary.getBoundingClientRect().left > indent) event.preventDefault();
        else return;
      }
      if (element) choose(element);
    });

    tree.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      const lines = [...tree.querySelectorAll(".kd-line[data-bytes], summary[data-bytes]")]
        .filter((line) => line.getClientRects().length);
      const line = chosen && chosen.closest(".kd-line, summary");
      const next = lines[lines.indexOf(line) + (event.key === "ArrowDown" ? 1 : -1)];
      if (next) choose(next);
      event.preventDefault();
      event.stopPropagation(); // the notebook would go to another cell
    });

    if (bytes) bytes.addEventListener("click", (event) => {
      const row = event.target.closest(".kd-row");
      const hex = event.target.closest(".kd-hex");
      const gap = event.target.closest(".kd-gap");
      const at = row ? byteAt(hex, row, event.clientX) : gap ? region(gap)[0] : -1;
      if (at < 0 || !window.getSelection().isCollapsed) return;
      let best = null;
      let smallest = Infinity;
      for (const element of tree.querySelectorAll("[data-bytes]")) {
        const [number, start, stop] = region(element);
        if (number === Number(hex.dataset.buffer) && start <= at && at < stop && stop - start <= smallest) {
          best = element;
          smallest = stop - start;
        }
      }
      if (best) choose(best);
    });
  };

  for (const view of document.querySelectorAll(".kafka-dissector.kd-exchange:not(.kd-bound)")) {
    view.classList.add("kd-bound");
    for (const message of view.querySelectorAll(".kd-message")) bind(message);
  }
})();
