// The contract to read: operations, problems and schemas of /openapi.json, as they stand there.
"use strict";
const at = (id) => document.getElementById(id);
const METHODS = ["get", "post", "put", "patch", "delete"];
let contract = null;

// make("td", {className: "quiet"}, "text", node): texts are texts, never markup
function make(name, properties, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

const resolve = (value) =>
  value?.$ref ? value.$ref.slice(2).split("/").reduce((place, name) => place[name.replaceAll("~1", "/")], contract) : value;
const link = (kind, name) => make("a", { href: `#${kind}-${name}` }, name);
// the contract's texts have `code` in them
const text = (value) => value && make("p", { className: "text" },
  ...value.trim().split("`").map((part, index) => (index % 2 ? make("code", {}, part) : part)));
const joined = (parts, between) => parts.flatMap((part, index) => (index ? [between, part].flat() : [part].flat()));
const example = (value) => value !== undefined && make("pre", {}, JSON.stringify(value, null, 2));

function table(heads, rows) {
  return rows.length === 0 ? null : make("div", { className: "scroll" }, make("table", {},
    make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { scope: "col", className: "quiet" }, head)))),
    make("tbody", {}, ...rows.map((cells) => make("tr", {}, ...cells.map((cell) => make("td", {}, ...[cell].flat())))))));
}

const BOUNDS = ["minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "pattern", "default"];

// The type of a value in a few words and links; the members of an object are a table of their own.
function type(schema) {
  if (schema === true || !schema) return ["anything"];
  if (schema.$ref) return [link("schema", schema.$ref.split("/").pop())];
  for (const [name, word] of [["oneOf", " or "], ["anyOf", " or "], ["allOf", " with "]])
    if (schema[name]) return joined(schema[name].map(type), word);
  if (schema.enum) return joined(schema.enum.map((value) => make("code", {}, String(value))), " ");
  if (schema.const !== undefined) return [make("code", {}, String(schema.const))];
  const names = [schema.type ?? "anything"].flat().join(" or ");
  const bounds = BOUNDS.filter((name) => schema[name] !== undefined).map((name) => `${name} ${schema[name]}`);
  const notes = [schema.format, ...bounds].filter(Boolean).join(", ");
  const items = schema.items ? [" of ", ...type(schema.items)] : [];
  return [names, ...items, notes && make("span", { className: "quiet" }, ` (${notes})`)].filter(Boolean);
}

function members(schema) {
  const rows = Object.entries(schema?.properties ?? {}).map(([name, member]) => [
    make("code", {}, name), schema.required?.includes(name) ? "required" : "", type(member),
    member.description ?? resolve(member)?.description ?? ""]);
  const inside = Object.values(schema?.properties ?? {}).map((member) => member.items ?? member);
  return [table(["member", "", "type", "meaning"], rows), ...inside.filter((member) => member.properties).flatMap(members)];
}

function content(media) {
  return Object.entries(media ?? {}).flatMap(([name, { schema, example: value }]) =>
    [make("p", {}, make("code", {}, name), ": ", ...type(schema)), ...members(schema), example(value)]);
}

function answer(status, response) {
  const problems = (response["x-problems"] ?? []).map((code) => link("problem", code));
  return [status, response.description ?? "", problems.length ? joined(problems, " ")
    : Object.values(response.content ?? {}).flatMap(({ schema }) => type(schema))];
}

function operation(method, path, shared, value) {
  const roles = value["x-roles"] ?? [];
  const parameters = [...shared, ...(value.parameters ?? [])].map(resolve);
  return make("details", { id: `operation-${value.operationId}` },
    make("summary", {}, make("code", { className: "method" }, method.toUpperCase()), make("code", {}, path),
      make("span", {}, value.summary ?? "")),
    text(value.description),
    make("p", { className: "quiet" }, roles.length ? `For ${roles.join(", ")}.` : "For everybody, without a token."),
    parameters.length ? make("h4", {}, "Parameters") : null,
    table(["name", "in", "", "type", "meaning"], parameters.map((p) =>
      [make("code", {}, p.name), p.in, p.required ? "required" : "", type(p.schema), p.description ?? ""])),
    value.requestBody ? make("h4", {}, "Body") : null,
    ...content(resolve(value.requestBody)?.content),
    make("h4", {}, "Answers"),
    table(["status", "meaning", "body or problems"],
      Object.entries(value.responses).map(([status, response]) => answer(status, resolve(response)))));
}

function showOperations() {
  const byTag = new Map(contract.tags.map((tag) => [tag.name, []]));
  for (const [path, item] of Object.entries(contract.paths))
    for (const method of METHODS.filter((name) => item[name]))
      byTag.get(item[method].tags[0]).push(operation(method, path, item.parameters ?? [], item[method]));
  for (const { name, description } of contract.tags)
    at("operations").append(make("h3", {}, name, make("small", {}, ` ${description ?? ""}`)), ...byTag.get(name));
}

function showProblems() {
  for (const [code, { value }] of Object.entries(contract.components.examples))
    at("problems").append(make("details", { id: `problem-${code}` },
      make("summary", {}, make("code", {}, `${value.status} ${code}`), make("span", {}, value.title)), example(value)));
}

function showSchemas() {
  for (const [name, schema] of Object.entries(contract.components.schemas))
    at("schemas").append(make("details", { id: `schema-${name}` }, make("summary", {}, make("code", {}, name)),
      text(schema.description), schema.properties ? null : make("p", {}, ...type(schema)), ...members(schema)));
}

function find() {
  const wanted = at("find").value.trim().toLowerCase();
  for (const entry of document.querySelectorAll("details"))
    entry.hidden = !(wanted === "" || entry.textContent.toLowerCase().includes(wanted));
}

// A link to an entry opens it.
function open() {
  const entry = at(decodeURIComponent(location.hash.slice(1)));
  if (entry?.localName !== "details") return;
  Object.assign(entry, { open: true, hidden: false });
  entry.scrollIntoView();
}

async function show() {
  const answered = await fetch("/openapi.json");
  if (!answered.ok) throw new Error(`status ${answered.status}`);
  contract = await answered.json();
  showOperations();
  showProblems();
  showSchemas();
  at("about").append(text(contract.info.description));
  for (const id of ["operations", "problems", "schemas"]) at(id).hidden = false;
  at("status").replaceChildren(`Version ${contract.info.version}; made from `, make("a", { href: "/openapi.json" }, "the contract"), ".");
  at("find").addEventListener("input", find);
  addEventListener("hashchange", open);
  open();
}

show().catch((error) => {
  at("status").classList.add("refused");
  at("status").textContent = `The contract could not be read: ${error.message}`;
});
