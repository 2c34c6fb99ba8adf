// The page of a confirmation link. The token stands in the fragment, which no browser sends anywhere; it goes to the API in
// a header, and out of the address bar.
"use strict";
const at = (id) => document.getElementById(id);
const token = location.hash.slice(1);
history.replaceState(null, "", location.pathname);

function say(text, refused = false) {
  at("headline").textContent = text;
  at("headline").className = refused ? "refused" : "";
}

async function ask(method, body) {
  const headers = { Authorization: `Bearer ${token}` };
  if (body) headers["Content-Type"] = "application/json";
  const answer = await fetch("/v1/confirmation-link", { method, headers, body: body && JSON.stringify(body) });
  const told = await answer.json();
  if (answer.ok) return told;
  const what = told.errors?.length ? told.errors.map((error) => error.detail).join("; ")
    : told.unmet?.length ? told.unmet.map((item) => `${item.criterion}: ${item.missing}`).join("; ") : told.detail;
  throw new Error(`${told.title}: ${what}`);
}

const when = (instant) => new Date(instant).toLocaleString("en", { dateStyle: "long", timeStyle: "short" });

function line(box, label, text) {
  if (!text) return;
  const row = document.createElement("p");
  row.append(Object.assign(document.createElement("strong"), { textContent: `${label}: ` }), text);
  box.append(row);
}

// Every text is written as text, never as markup. A link is shown and not followed: it was given by the other side.
function show(item) {
  const box = document.createElement("section");
  box.append(Object.assign(document.createElement("h2"), { textContent: item.name }));
  const given = item.evidence;
  line(box, "Statement", given.statement);
  line(box, "Document", given.link);
  line(box, "SHA-256", given.sha256);
  line(box, "Date", given.date);
  for (const person of given.people) line(box, "Person", [person.name, person.role, person.organisation].filter(Boolean).join(", "));
  for (const step of given.steps) line(box, "Step", [step.item, step.owner, step.due, step.organisation].filter(Boolean).join(", "));
  line(box, "Given", `${when(given.given_at)} by ${given.author?.name ?? "the " + given.side}`);
  at("evidence").append(box);
}

async function open() {
  if (!token) return say("This page is opened by the whole link that you were sent.", true);
  const link = await ask("GET");
  say(`${link.name}, ${link.customer ?? ""}`);
  at("who").textContent = `${link.asked_by.name} asks ${link.partner_rep.name} to confirm, until ${when(link.expires_at)}.`;
  if (link.proposal) {
    at("proposal").textContent = `The deal would move on to the stage "${link.proposal.to_stage.replaceAll("_", " ")}".`;
    at("proposal").hidden = false;
  }
  link.evidence.forEach(show);
  at("asked").hidden = false;
}

at("decide").addEventListener("submit", async (event) => {
  event.preventDefault();
  const reason = at("reason").value.trim();
  const buttons = [at("confirm"), at("decline")];
  buttons.forEach((button) => (button.disabled = true));
  try {
    const done = await ask("POST", { decision: event.submitter.value, ...(reason ? { reason } : {}) });
    at("asked").hidden = true;
    say(done.decision === "confirm" ? "Confirmed. Thank you." : "Declined. The sender reads your reason.");
  } catch (error) {
    say(error.message, true);
    buttons.forEach((button) => (button.disabled = false));
  }
});

open().catch((error) => say(error.message, true));
