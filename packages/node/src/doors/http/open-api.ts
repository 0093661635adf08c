// The document at `/openapi.json`, made from the table of routes and the schemas that requests are checked against.
import { z } from "zod";
import { type Content, ROUTES, type Route } from "./routes.ts";
import { SCHEMAS } from "./schema-names.ts";

type JsonObject = { readonly [field: string]: unknown };

export function openApiDocument(version: string): JsonObject {
  return {
    openapi: "3.1.0",
    info: {
      title: "Quorate",
      version,
      description:
        "One replica of a cluster of equals. What was refused is an RFC 9457 problem whose outcome says whether it is " +
        "certain that nothing was applied (rejected) or that nobody can tell yet (indeterminate).",
    },
    security: [{}, { token: [] }, { password: [] }],
    paths: pathsOf(ROUTES),
    components: {
      schemas: schemas(),
      securitySchemes: { token: { type: "http", scheme: "bearer" }, password: { type: "http", scheme: "basic" } },
    },
  };
}

function pathsOf(routes: readonly Route[]): JsonObject {
  const paths: Record<string, Record<string, JsonObject>> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method.toLowerCase()] = operationOf(route);
  return paths;
}

function operationOf({ path, summary, parameters = [], body, responses, isPublic }: Route): JsonObject {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    description: name === "key" ? "Percent-encoded bytes; slashes may stand as they are." : undefined,
    schema: { type: "string" },
  }));
  const others = parameters.map(({ name, in: place, type, about }) => ({
    name,
    in: place,
    description: about,
    schema: { type },
  }));
  return {
    summary,
    ...(isPublic === true ? { security: [] } : {}),
    parameters: [...inPath, ...others],
    ...(body === undefined ? {} : { requestBody: { required: true, content: contentOf(body) } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(responses).map(([status, { about, content }]) => [
          status,
          { description: about, ...(content === undefined ? {} : { content: contentOf(content) }) },
        ]),
      ),
      default: {
        description: "What was wrong, what became of the request, and what to do next.",
        content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
      },
    },
  };
}

function contentOf(content: Content): JsonObject {
  return Object.fromEntries(
    Object.entries(content).map(([type, schema]) => {
      if (schema === "bytes") return [type, {}];
      return [type, { schema: schema === "text" ? { type: "string" } : { $ref: `#/components/schemas/${schema}` } }];
    }),
  );
}

function schemas(): JsonObject {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(SCHEMAS)) registry.add(schema, { id });
  const { schemas: made } = z.toJSONSchema(registry, { uri: (id) => `#/components/schemas/${id}` });
  return Object.fromEntries(Object.entries(made).map(([id, { $id, $schema, ...schema }]) => [id, schema]));
}
