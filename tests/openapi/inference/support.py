"""Documents without `x-resources`."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import yaml

from openapi import Contract, load

SHOP: dict[str, Any] = yaml.safe_load("""
openapi: 3.1.0
info: {title: Shop, version: '1'}
paths:
  /articles:
    get:
      operationId: listArticles
      parameters:
        - {name: limit, in: query, schema: {type: integer, default: 5}}
        - {name: page, in: query, schema: {type: integer, default: 1}}
        - {name: colour, in: query, schema: {type: string}}
        - {name: states, in: query, schema: {type: array, items: {$ref: '#/components/schemas/State'}}}
        - {name: q, in: query, schema: {type: string}}
        - {name: fast, in: query, schema: {type: boolean}}
      responses:
        '200':
          description: The articles.
          content:
            application/json:
              schema:
                type: object
                required: [data, meta, kind]
                properties:
                  kind: {const: list}
                  data: {type: array, items: {$ref: '#/components/schemas/Summary'}}
                  meta:
                    type: object
                    required: [totalCount]
                    properties: {totalCount: {type: integer}, next: {type: [string, 'null']}}
    post:
      operationId: addArticle
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/NewArticle'}}}}
      responses:
        '201': {description: Added., content: {application/json: {schema: {$ref: '#/components/schemas/Article'}}}}
  /articles/{articleId}:
    parameters: [{name: articleId, in: path, required: true, schema: {type: integer}}]
    get:
      operationId: getArticle
      responses:
        '200': {description: It., content: {application/json: {schema: {$ref: '#/components/schemas/Article'}}}}
    patch:
      operationId: changeArticle
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/NewArticle'}}}}
      responses:
        '200': {description: It., content: {application/json: {schema: {$ref: '#/components/schemas/Article'}}}}
    delete: {operationId: removeArticle, responses: {'204': {description: Gone.}}}
  /articles/{articleId}/photo:
    parameters: [{name: articleId, in: path, required: true, schema: {type: integer}}]
    get: {operationId: getPhoto, responses: {'200': {description: It.}}}
components:
  schemas:
    State: {type: string, enum: [draft, sold]}
    Article:
      type: object
      required: [id, title, state, created, tags]
      properties:
        id: {type: integer}
        title: {type: string}
        colour: {type: string}
        state: {$ref: '#/components/schemas/State'}
        created: {type: string, format: date-time, readOnly: true}
        tags: {type: array, items: {type: string}}
    Summary:
      type: object
      required: [id, title]
      properties: {id: {type: integer}, title: {type: string}}
    NewArticle:
      type: object
      required: [title]
      properties: {title: {type: string}, colour: {type: string}, voucher: {type: string}}
""")


def shop() -> dict[str, Any]:
    """A copy of the document of a shop, to change."""
    return copy.deepcopy(SHOP)


def loaded(folder: Path, document: dict[str, Any]) -> Contract:
    """The contract of a document, with what is inferred."""
    file = folder / "shop.yaml"
    file.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return load(file)


def without_keywords(value: Any) -> Any:
    """A document without `x-` keywords."""
    if isinstance(value, dict):
        return {name: without_keywords(one) for name, one in value.items() if not str(name).startswith("x-")}
    return [without_keywords(one) for one in value] if isinstance(value, list) else value
