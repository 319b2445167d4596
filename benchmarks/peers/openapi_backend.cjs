// The phone API written with openapi-backend: the document routes and validates, a Map stores the phones.
// Arguments: the document, a JSON file of phones (newest first), the port.
"use strict";
const { randomUUID } = require("node:crypto");
const { readFileSync } = require("node:fs");
const http = require("node:http");
const { OpenAPIBackend } = require("openapi-backend");

const [definition, data, port] = process.argv.slice(2);
const phones = new Map(JSON.parse(readFileSync(data, "utf8")).reverse().map((phone) => [phone.uuid, phone]));
const numbers = new Set([...phones.values()].map((phone) => phone.number));

const refusal = (status, message, errors) => ({ status, body: { success: false, message, errors } });
const missing = () => refusal(404, "There is no phone with this uuid.");

function listPhones({ request: { query } }) {
  const { search = "", status, type, page = 1, limit = 10 } = query;
  const text = search.toLowerCase();
  const contains = (value) => value !== null && value.toLowerCase().includes(text);
  const found = [...phones.values()].reverse().filter(
    (phone) =>
      (status === undefined || phone.status === status) &&
      (type === undefined || phone.type === type) &&
      (text === "" || contains(phone.number) || contains(phone.name) || contains(phone.provider)),
  );
  const [size, start] = [Number(limit), (Number(page) - 1) * Number(limit)];
  const counts = { total: found.length, page: Number(page), limit: size, totalPages: Math.ceil(found.length / size) };
  return { status: 200, body: { phones: found.slice(start, start + size), ...counts } };
}

function registerPhone({ request: { requestBody } }) {
  const { number, name = null, provider = null, countryCode = "US", type = "private" } = requestBody;
  if (numbers.has(number)) return refusal(409, "A phone with this number exists already.");
  const now = new Date().toISOString();
  const status = type === "ordered" ? "pending" : "registered";
  const phone = { uuid: randomUUID(), name, number, type, countryCode, provider, status };
  Object.assign(phone, { smsEnabled: false, createdAt: now, updatedAt: now });
  phones.set(phone.uuid, phone);
  numbers.add(number);
  return { status: 201, body: phone, headers: { location: `/api/phones/${phone.uuid}` } };
}

function getPhone({ request: { params } }) {
  const phone = phones.get(params.uuid);
  return phone ? { status: 200, body: phone } : missing();
}

function updatePhone({ request: { params, requestBody } }) {
  const phone = phones.get(params.uuid);
  if (!phone) return missing();
  const changed = { ...phone, ...requestBody, updatedAt: new Date().toISOString() };
  phones.set(phone.uuid, changed);
  return { status: 200, body: changed };
}

function deletePhone({ request: { params } }) {
  const phone = phones.get(params.uuid);
  if (!phone) return missing();
  phones.delete(phone.uuid);
  numbers.delete(phone.number);
  return { status: 200, body: { success: true, message: "Phone number deleted successfully" } };
}

function validationFail({ validation }) {
  const errors = validation.errors.map(({ instancePath, message }) => ({ in: "body", path: instancePath, message }));
  return refusal(400, "The request breaks the contract.", errors);
}

function send(response, { status, body, headers = {} }) {
  const text = JSON.stringify(body);
  response.writeHead(status, { ...headers, "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.end(text);
}

async function main() {
  const api = new OpenAPIBackend({
    definition,
    apiRoot: "/api",
    quick: true,
    ajvOpts: { strict: false },
    handlers: {
      listPhones, registerPhone, getPhone, updatePhone, deletePhone, validationFail,
      notFound: () => refusal(404, "Nothing is at this path."),
      methodNotAllowed: () => refusal(405, "The path does not have this method."),
      unauthorizedHandler: () => refusal(401, "The token is missing or unknown."),
    },
  });
  api.registerSecurityHandler("bearerAuth", () => true);
  await api.init();
  const server = http.createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", async () => {
      const [path, query = ""] = request.url.split("?");
      const body = Buffer.concat(chunks).toString();
      try {
        send(response, await api.handleRequest({ method: request.method, path, query, body, headers: request.headers }));
      } catch (error) {
        send(response, refusal(500, String(error)));
      }
    });
  });
  server.listen(Number(port), "127.0.0.1");
}

main();
