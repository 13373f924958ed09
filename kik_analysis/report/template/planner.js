// The planner on the page: sliders over a grid that the engine computed, interpolated between its points.
// A point that failed is null, and so is whatever would be interpolated over it.
(() => {
  const root = document.getElementById("planner-live"), data = JSON.parse(document.getElementById("planner-data").textContent);
  const dutch = data.lang === "nl", names = ["fte", "minutes", "phone"], axes = names.map(name => data.axes[name]);
  const find = id => document.getElementById("planner-" + id);

  // A number as a person writes it: 9,5 in Dutch, 9.5 in English, both with a sign for thousands; else null.
  const read = text => {
    const [group, point] = dutch ? [".", ","] : [",", "."], plain = text.trim().replace(/\s|%/g, "");
    const whole = new RegExp("^\\d{1,3}(\\" + group + "\\d{3})*(\\" + point + "\\d+)?$|^\\d+(\\" + point + "\\d+)?$");
    return whole.test(plain) ? Number(plain.split(group).join("").replace(point, ".")) : null;
  };
  const write = (value, decimals = 0) => value.toLocaleString(dutch ? "nl-NL" : "en-GB",
    {minimumFractionDigits: decimals, maximumFractionDigits: decimals});
  const short = value => value.toLocaleString(dutch ? "nl-NL" : "en-GB", {maximumFractionDigits: 2});  // as it was typed
  const money = euro => { const unit = euro < 1e5 ? 1e3 : 1e4; return write(Math.round(euro / unit) * unit); };
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  // Where a value lies on an axis: the point below it, and how far it is on the way to the next.
  const place = (axis, value) => {
    let k = 0;
    while (k < axis.length - 2 && value >= axis[k + 1]) k += 1;
    return [k, (value - axis[k]) / (axis[k + 1] - axis[k])];
  };
  const at = (points, values) => {
    const spots = axes.map((axis, n) => place(axis, values[n]));
    let sum = 0;
    for (let corner = 0; corner < 8; corner += 1) {
      let weight = 1, index = 0;
      spots.forEach(([k, part], n) => {
        const up = corner >> n & 1;
        weight *= up ? part : 1 - part;
        index = index * axes[n].length + k + (up && axes[n].length > 1 ? 1 : 0);
      });
      if (weight === 0) continue;
      if (points[index] === null) return null;
      sum += weight * points[index];
    }
    return sum;
  };

  const values = names.map(name => data.start[name]);
  const date = weeks => {
    const day = new Date(data.first + "T00:00:00Z");
    day.setUTCDate(day.getUTCDate() + Math.round(weeks) * 7);
    return day.toLocaleDateString(dutch ? "nl-NL" : "en-GB", {year: "numeric", month: "long", timeZone: "UTC"});
  };
  const draw = () => {
    const line = data.curve.map(points => at(points, values)), lows = data.curve_low.map(points => at(points, values));
    const highs = data.curve_high.map(points => at(points, values)), svg = find("curve");
    const x = k => 44 + k * 270 / (line.length - 1), y = share => 128 - share * 1.2;
    const path = (list, first) => list.map(([k, share], n) => `${n ? "L" : first}${x(k).toFixed(1)} ${y(share).toFixed(1)}`).join("");
    const pairs = list => list.map((share, k) => [k, share]);
    const whole = [line, lows, highs].every(list => list.every(one => one !== null));
    find("line").setAttribute("d", whole ? path(pairs(line), "M") : "");
    find("band").setAttribute("d", whole ? path(pairs(highs), "M") + path(pairs(lows).reverse(), "L") + "Z" : "");
    svg.setAttribute("aria-label", whole
      ? fill(data.words.curve, {first: write(line[0]), last: write(line[line.length - 1])}) : data.words.gap);
  };
  const say = () => {
    const share = at(data.share, values), low = at(data.low, values), high = at(data.high, values), left = at(data.left, values);
    const gone = at(data.gone, values), [few, most] = data.euros.map(euro => euro * values[0]);
    const given = {fte: short(values[0]), minutes: short(values[1]), phone: short(values[2])};
    find("fte-text").value = given.fte; find("minutes-text").value = given.minutes; find("phone-text").value = given.phone;
    let text = share === null ? data.words.gap : fill(data.words.answer,
      {...given, low: write(Math.max(0, low - data.error)), high: write(Math.min(100, high + data.error))});
    if (share !== null) text += " " + (gone !== null ? fill(data.words.gone, {date: date(gone)})
      : fill(data.words.left, {left: write(left, left < 10 ? 1 : 0)}));
    find("answer").textContent = text;
    find("euros").textContent = fill(data.words.euros, {low: money(few), high: money(most)});
    names.forEach((name, n) => find(name).setAttribute("aria-valuetext", fill(data.words.value[name], {value: short(values[n])})));
    draw();
  };
  let later = 0;
  names.forEach((name, n) => {
    const slider = find(name), box = find(name + "-text"), axis = axes[n];
    slider.addEventListener("input", () => {
      values[n] = Number(slider.value);
      clearTimeout(later);
      later = setTimeout(say, 150);
    });
    box.addEventListener("change", () => {
      const value = read(box.value), fits = value !== null && value >= axis[0] && value <= axis[axis.length - 1];
      box.setAttribute("aria-invalid", String(!fits));
      find("wrong").textContent = fits ? "" : fill(data.words.wrong, {low: short(axis[0]), high: short(axis[axis.length - 1])});
      if (!fits) return;
      values[n] = value;
      slider.value = String(value);
      say();
    });
  });
  root.hidden = false;
  say();
})();
