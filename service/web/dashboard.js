// The weekly call on one page: what the API answers, nothing computed here. Every figure opens its deals by its href.
"use strict";
const at = (id) => document.getElementById(id);
const classes = ["sourced", "influenced", "direct", "unattributed"];
let next = null;

function figures(value) {
  const places = new Intl.NumberFormat("en", { style: "currency", currency: value.currency }).resolvedOptions().maximumFractionDigits;
  const digits = BigInt(value.amount_minor).toString().replace("-", "").padStart(places + 1, "0");
  const whole = BigInt(digits.slice(0, digits.length - places)).toLocaleString("en");
  const part = places ? "." + digits.slice(-places) : "";
  return `${value.amount_minor < 0 ? "-" : ""}${whole}${part}`;
}

const money = (value) => value ? `${figures(value)} ${value.currency}` : "";

const deals = (count) => `${count} ${count === 1 ? "deal" : "deals"}`;
const words = (code) => (code ?? "").replaceAll("_", " ");

function cell(row, content, options = {}) {
  const td = row.insertCell();
  if (options.number) td.className = "number";
  if (options.href) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = content;
    button.addEventListener("click", () => showDeals(options.href, options.title));
    td.append(button);
  } else {
    td.textContent = content ?? "";
  }
  for (const note of options.notes ?? [])
    td.append(Object.assign(document.createElement("small"), { textContent: note }));
}

function head(row, text) {
  const th = document.createElement("th");
  th.scope = "row";
  th.textContent = text;
  row.append(th);
}

// In the currency that the caption names. Nothing opens nothing.
function figure(row, value, title) {
  if (!value.count) return cell(row, "0", { number: true });
  const notes = [deals(value.count)];
  if (value.weighted) notes.push(`weighted ${figures(value.weighted)}`);
  cell(row, figures(value.amount), { number: true, href: value.href, title, notes });
}

async function get(path) {
  const answer = await fetch(path, { headers: { Authorization: `Bearer ${at("token").value}` } });
  const body = await answer.json();
  if (!answer.ok) throw new Error(`${body.title}: ${body.detail}`);
  return body;
}

function fresh(id) {
  at(id).hidden = false;
  const body = at(id).querySelector("tbody");
  body.replaceChildren();
  return body;
}

function showClasses(forecast) {
  const body = fresh("classes"), bridge = fresh("withheld");
  at("unit").textContent = `${forecast.amount_basis} in ${forecast.currency}.`;
  for (const name of classes) {
    const value = forecast[name], row = body.insertRow();
    head(row, name);
    figure(row, value.raw, `${name}, raw`);
    cell(row, deals(value.withheld.reduce((sum, line) => sum + line.count, 0)), { number: true });
    figure(row, value.eligible, `${name}, eligible`);
    figure(row, value.closed_won, `${name}, closed won`);
    for (const band of ["commit", "best_case", "pipeline"])
      figure(row, value[band], `${name}, ${words(band)}`);
    cell(row, figures(value.weighted.stated), { number: true, notes: ["stated"] });
    for (const line of value.withheld) {
      const item = bridge.insertRow();
      head(item, name);
      cell(item, words(line.rule));
      cell(item, words(line.owed_by));
      cell(item, line.count, { number: true });
      cell(item, money(line.amount), { number: true, href: line.href, title: `${name}, ${words(line.rule)}` });
    }
  }
  at("withheld").hidden = bridge.rows.length === 0;
}

// What the table above does not tell, or not by itself.
function showBeside(forecast) {
  const body = fresh("beside");
  const unresolved = classes.flatMap((name) => forecast[name].closed_unresolved.owed.map((line) =>
    [`${name}, won and not resolved`, line.owed_by, line]));
  const lines = ["undated", "late_influence", "closed_outside_gates", "grandfathered"].map((name) =>
    [words(name), null, forecast[name]]);
  for (const [title, owed, line] of [...unresolved, ...lines].filter(([, , line]) => line.count)) {
    const row = body.insertRow();
    head(row, title);
    cell(row, words(owed));
    cell(row, line.count, { number: true });
    cell(row, money(line.amount), { number: true, href: line.href, title });
  }
  at("beside").hidden = body.rows.length === 0;
}

function showCoverage(coverage) {
  const body = fresh("coverage");
  for (const period of coverage.periods) {
    const row = body.insertRow();
    head(row, period.period);
    for (const name of ["target", "open", "closed_won"]) cell(row, money(period[name]), { number: true });
    cell(row, period.remaining_ratio ? `${period.remaining_ratio} x` : "", { number: true });
    cell(row, words(period.state));
    cell(row, words(period.push));
    cell(row, period.weeks_left, { number: true });
  }
}

function addDeals(page) {
  const body = at("deals").querySelector("tbody");
  for (const deal of page.data) {
    const row = body.insertRow();
    head(row, deal.name);
    cell(row, deal.lead_partner?.name);
    cell(row, words(deal.category));
    cell(row, deal.stage?.key);
    cell(row, money(deal.amount), { number: true });
    cell(row, deal.close_date);
    cell(row, deal.flags.map(words).join(", "));
    cell(row, words(deal.withheld_by?.rule));
    cell(row, words(deal.owed_by));
  }
  next = page.next_cursor;
  at("more").hidden = !next;
}

async function attempt(work) {
  at("headline").classList.remove("refused");
  try {
    await work();
  } catch (error) {
    at("headline").textContent = error.message;
    at("headline").classList.add("refused");
  }
}

function showDeals(href, title) {
  return attempt(async () => {
    const page = await get(href);
    fresh("deals");
    const heading = at("deals").querySelector("h2");
    heading.textContent = `Deals: ${title}`;
    addDeals(page);
    at("more").onclick = () => attempt(async () => addDeals(await get(`${href}&cursor=${encodeURIComponent(next)}`)));
    heading.focus();
  });
}

at("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(async () => {
    const period = encodeURIComponent(at("period").value);
    const [forecast, coverage] = await Promise.all([
      get(`/v1/forecast?period=${period}&rollup=${at("rollup").value}`), get(`/v1/coverage?period=${period}`)]);
    at("headline").textContent = forecast.headline;
    showClasses(forecast);
    showBeside(forecast);
    showCoverage(coverage);
    at("deals").hidden = true;
    const stated = forecast.stated_probability;
    at("basis").textContent = `${forecast.amount_basis} in ${forecast.currency}, as of ${forecast.as_of}; stated probabilities: ` +
      `commit ${stated.commit_basis_points / 100} %, best case ${stated.best_case_basis_points / 100} %, ` +
      `pipeline ${stated.pipeline_basis_points / 100} %; policy ${forecast.policy_version}. ` +
      forecast.warnings.map((warning) => warning.detail).join(" ");
  });
});

const today = new Date();
at("period").value = `${today.getUTCFullYear()}-Q${Math.floor(today.getUTCMonth() / 3) + 1}`;
