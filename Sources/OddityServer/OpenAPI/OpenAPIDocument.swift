import Foundation
import Oddity

/// The server's interface, as OpenAPI 3.1 describes it.
struct OpenAPIDocument {
  let models: [ServedModel]
  let hasKeys: Bool

  var json: String {
    get throws {
      Self.template
        .replacing("@VERSION@", with: oddityVersion)
        .replacing("@MODELS@", with: try models.map(\.name).json())
        .replacing("@SECURITY@", with: hasKeys ? #"[{"key": []}, {"browser": []}]"# : "[]")
    }
  }

  /// `@…@` is filled in.
  private static let template = #"""
    {
      "openapi": "3.1.0",
      "info": {
        "title": "Oddity", "version": "@VERSION@",
        "description": "Guarded image classifiers: for each image a class, and whether it is unlike the training images."
      },
      "security": @SECURITY@,
      "paths": {
        "/v1/models": {
          "get": {
            "operationId": "listModels", "summary": "The models' names",
            "responses": {
              "200": {
                "description": "Their names, sorted.",
                "content": {"application/json": {"schema": {
                  "type": "object", "required": ["models"], "additionalProperties": false,
                  "properties": {"models": {"type": "array", "items": {"type": "string"}}}
                }}}
              },
              "default": {"$ref": "#/components/responses/Problem"}
            }
          }
        },
        "/v1/models/{name}/score": {
          "parameters": [{"$ref": "#/components/parameters/Model"}],
          "post": {
            "operationId": "score", "summary": "Scores an image, or several",
            "description": "An image's own bytes say what it is: JPEG, PNG, WebP, TIFF, GIF, BMP or PNM, whatever its Content-Type.",
            "parameters": [{"$ref": "#/components/parameters/Source"}],
            "requestBody": {
              "required": true,
              "content": {
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
                "application/x-tar": {"schema": {"type": "string", "format": "binary"}},
                "application/json": {"schema": {"$ref": "#/components/schemas/Images"}}
              }
            },
            "responses": {
              "200": {
                "description": "A verdict; of several images a list in their order.",
                "content": {"application/json": {"schema": {"anyOf": [
                  {"$ref": "#/components/schemas/Verdict"},
                  {
                    "type": "object", "required": ["images"], "additionalProperties": false,
                    "properties": {"images": {"type": "array", "items": {"anyOf": [
                      {"$ref": "#/components/schemas/Verdict"}, {"$ref": "#/components/schemas/Unreadable"}
                    ]}}}
                  }
                ]}}}
              },
              "default": {"$ref": "#/components/responses/Problem"}
            }
          }
        },
        "/v1/models/{name}/drift": {
          "parameters": [{"$ref": "#/components/parameters/Model"}],
          "get": {
            "operationId": "drift", "summary": "Whether the streams of images have changed",
            "responses": {
              "200": {"$ref": "#/components/responses/Drift"},
              "default": {"$ref": "#/components/responses/Problem"}
            }
          }
        },
        "/v1/models/{name}/drift/{source}": {
          "parameters": [
            {"$ref": "#/components/parameters/Model"},
            {
              "name": "source", "in": "path", "required": true, "description": "The stream's source.",
              "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"}
            }
          ],
          "delete": {
            "operationId": "forgetDrift", "summary": "Forgets a stream: the next image begins it anew",
            "responses": {
              "200": {"$ref": "#/components/responses/Drift"},
              "default": {"$ref": "#/components/responses/Problem"}
            }
          }
        },
        "/v2": {
          "get": {
            "operationId": "serverMetadata", "summary": "The server (Open Inference Protocol)",
            "responses": {
              "200": {"$ref": "#/components/responses/Object"},
              "default": {"$ref": "#/components/responses/Problem"}
            }
          }
        },
        "/v2/health/live": {
          "get": {
            "operationId": "live", "summary": "Whether the server lives", "security": [],
            "responses": {
              "200": {"$ref": "#/components/responses/Object"},
              "default": {"$ref": "#/components/responses/Problem"}
            }
          }
        },
        "/v2/health/ready": {
          "get": {
            "operationId": "ready", "summary": "Whether the server takes requests", "security": [],
            "responses": {
              "200": {"$ref": "#/components/responses/Object"},
              "default": {"$ref": "#/components/responses/Problem"}
            }
          }
        },
        "/v2/models/{name}": {
          "parameters": [{"$ref": "#/components/parameters/Model"}],
          "get": {
            "operationId": "modelMetadata", "summary": "A model's tensors (Open Inference Protocol)",
            "responses": {
              "200": {"$ref": "#/components/responses/Object"},
              "default": {"$ref": "#/components/responses/Problem"}
            }
          }
        },
        "/v2/models/{name}/ready": {
          "parameters": [{"$ref": "#/components/parameters/Model"}],
          "get": {
            "operationId": "modelReady", "summary": "Whether a model takes requests",
            "responses": {
              "200": {"$ref": "#/components/responses/Object"},
              "default": {"$ref": "#/components/responses/Problem"}
            }
          }
        },
        "/v2/models/{name}/infer": {
          "parameters": [{"$ref": "#/components/parameters/Model"}],
          "post": {
            "operationId": "infer", "summary": "Runs a model (Open Inference Protocol)",
            "description": "With the binary-tensor extension: Inference-Header-Content-Length is the length of the JSON before it. The models' paths are also there with /versions/1 behind the name.",
            "requestBody": {
              "required": true,
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/InferenceRequest"}}}
            },
            "responses": {
              "200": {"$ref": "#/components/responses/Object"},
              "default": {"$ref": "#/components/responses/Problem"}
            }
          }
        },
        "/metrics": {
          "get": {
            "operationId": "metrics", "summary": "Measurements for Prometheus",
            "responses": {
              "200": {"description": "Text format 0.0.4.", "content": {"text/plain": {"schema": {"type": "string"}}}},
              "default": {"$ref": "#/components/responses/Problem"}
            }
          }
        }
      },
      "components": {
        "securitySchemes": {
          "key": {"type": "http", "scheme": "bearer"},
          "browser": {"type": "http", "scheme": "basic", "description": "The key is the password."}
        },
        "parameters": {
          "Model": {
            "name": "name", "in": "path", "required": true, "description": "The model's name.",
            "schema": {"type": "string", "enum": @MODELS@}
          },
          "Source": {
            "name": "source", "in": "query", "required": false,
            "description": "The stream that the images belong to, which is watched for drift: a camera, say; none is not watched.",
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$", "default": "default"}
          }
        },
        "responses": {
          "Problem": {
            "description": "What went wrong (RFC 9457).",
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
          },
          "Object": {
            "description": "As the Open Inference Protocol says.",
            "content": {"application/json": {"schema": {"type": "object"}}}
          },
          "Drift": {
            "description": "How the streams stand.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Drift"}}}
          }
        },
        "schemas": {
          "Images": {
            "type": "object", "required": ["images"],
            "properties": {"source": {"type": ["string", "null"], "pattern": "^[A-Za-z0-9._-]{1,64}$"}, "images": {
              "type": "array", "minItems": 1,
              "items": {
                "type": "object", "required": ["data"],
                "properties": {
                  "name": {"type": ["string", "null"]},
                  "data": {"type": "string", "contentEncoding": "base64", "pattern": "^([A-Za-z0-9+/]{4})*$"}
                }
              }
            }}
          },
          "Verdict": {
            "type": "object", "required": ["score", "p_value", "outlier", "class", "label", "confidence"],
            "properties": {
              "name": {"type": "string", "description": "In a list: the image's name."},
              "score": {"type": ["number", "null"], "description": "Lower is stranger; null where it is no number."},
              "p_value": {"type": "number", "minimum": 0, "maximum": 1},
              "outlier": {"type": "boolean"},
              "class": {"type": "integer", "minimum": 0},
              "label": {"type": ["string", "null"]},
              "confidence": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
              "scores": {"type": "object", "additionalProperties": {"type": ["number", "null"]}}
            }
          },
          "Unreadable": {
            "type": "object", "required": ["name", "error"], "additionalProperties": false,
            "properties": {"name": {"type": "string"}, "error": {"type": "string"}}
          },
          "Drift": {
            "type": "object", "required": ["delta", "overall_log_wealth", "sources"], "additionalProperties": false,
            "properties": {
              "delta": {"type": "number", "description": "The probability of ever raising a false alarm, for each source."},
              "overall_log_wealth": {"type": "number"},
              "sources": {
                "type": "array",
                "items": {
                  "type": "object",
                  "required": ["source", "images", "log_wealth", "largest_log_wealth", "alarm"],
                  "additionalProperties": false,
                  "properties": {
                    "source": {"type": "string"}, "images": {"type": "integer", "minimum": 0},
                    "log_wealth": {"type": "number"}, "largest_log_wealth": {"type": "number"},
                    "alarm": {"type": "boolean"}
                  }
                }
              }
            }
          },
          "InferenceRequest": {
            "type": "object", "required": ["inputs"],
            "properties": {
              "id": {"type": "string"},
              "parameters": {
                "type": "object",
                "properties": {
                  "binary_data_output": {"type": "boolean"},
                  "source": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"}
                }
              },
              "inputs": {
                "type": "array", "minItems": 1, "maxItems": 1,
                "items": {
                  "type": "object", "required": ["name", "shape", "datatype"],
                  "properties": {
                    "name": {"type": "string"},
                    "shape": {"type": "array", "items": {"type": "integer", "minimum": 0}},
                    "datatype": {"enum": ["FP32", "UINT8", "BYTES"]},
                    "data": {"type": "array"},
                    "parameters": {"type": "object", "properties": {"binary_data_size": {"type": "integer", "minimum": 0}}}
                  }
                }
              },
              "outputs": {
                "type": "array",
                "items": {
                  "type": "object", "required": ["name"],
                  "properties": {
                    "name": {"type": "string"},
                    "parameters": {"type": "object", "properties": {"binary_data": {"type": "boolean"}}}
                  }
                }
              }
            }
          },
          "Problem": {
            "type": "object", "required": ["type", "title", "status", "detail", "error"], "additionalProperties": false,
            "properties": {
              "type": {"type": "string"}, "title": {"type": "string"},
              "status": {"type": "integer", "minimum": 400, "maximum": 599}, "detail": {"type": "string"},
              "error": {"type": "string", "description": "The detail again, as the Open Inference Protocol calls it."}
            }
          }
        }
      }
    }

    """#
}
