import Oddity

/// The OpenAPI 3.1 description of the server's interface.
struct OpenAPIDocument {
  /// The models' names.
  let models: [String]
  let hasKeys: Bool

  var json: JSONValue {
    [
      "openapi": "3.1.0",
      "info": [
        "title": "Oddity", "version": .string(oddityVersion),
        "description": .string(
          "Guarded image classifiers. For each image they answer with its class, and whether the image is "
            + "unlike the training images."),
      ],
      "security": hasKeys ? [["key": []], ["browser": []]] : [],
      "paths": .object(Self.operations.map { .init(key: $0.path, value: $0.json) }),
      "components": [
        "securitySchemes": [
          "key": ["type": "http", "scheme": "bearer"],
          "browser": ["type": "http", "scheme": "basic", "description": "The key is the password."],
        ],
        "parameters": parameters, "responses": Self.responses, "schemas": Self.schemas,
      ],
    ]
  }

  private var parameters: JSONValue {
    [
      "name": [
        "name": "name", "in": "path", "required": true, "description": "The model's name.",
        "schema": ["type": "string", "enum": .array(models.map(JSONValue.string))],
      ],
      "source": [
        "name": "source", "in": "path", "required": true, "description": "The stream's source.",
        "schema": Schema.source,
      ],
      "Source": [
        "name": "source", "in": "query", "required": false,
        "description": .string(
          "The stream that the images belong to, such as a camera. Each stream is watched for drift; images "
            + "of the source 'none' are not watched."),
        "schema": ["type": "string", "pattern": Schema.sourcePattern, "default": "default"],
      ],
    ]
  }

  private static let operations: [Operation] = [
    Operation("get", "/v1/models", "listModels", "The models' names", "Models"),
    Operation(
      "post", "/v1/models/{name}/score", "score", "Scores an image, or several", "Verdicts",
      with: [
        "description": .string(
          "The format of an image (JPEG, PNG, WebP, TIFF, GIF, BMP or PNM) is recognised from its bytes, not "
            + "from the Content-Type."),
        "parameters": [.component("parameters/Source")],
        "requestBody": [
          "required": true,
          "content": [
            "application/octet-stream": ["schema": Schema.file],
            "application/x-tar": ["schema": Schema.file],
            "multipart/form-data": ["schema": Schema.form],
            "application/json": ["schema": .component("schemas/Images")],
          ],
        ],
      ]),
    Operation(
      "post", "/v1/models/{name}/assess", "assess", "Assesses a batch of 16 images or more", "Assessment",
      with: [
        "description": .string(
          "Tells whether the batch has shifted, how many of its images are strange at least, and which "
            + "accuracy to expect on it."),
        "parameters": .array(
          AssessmentGate.allCases.map {
            [
              "name": .string($0.rawValue), "in": "query", "required": false,
              "description": "A limit that the batch must keep; 'gates' in the answer tells whether it does.",
              "schema": Schema.share,
            ]
          }),
        "requestBody": [
          "required": true,
          "content": [
            "application/x-tar": ["schema": Schema.file],
            "multipart/form-data": ["schema": Schema.form],
            "application/json": ["schema": .component("schemas/Images")],
          ],
        ],
      ]),
    Operation(
      "get", "/v1/models/{name}/drift", "drift", "Whether the streams of images have changed", "Drift"),
    Operation(
      "delete", "/v1/models/{name}/drift/{source}", "forgetDrift",
      "Forgets a stream; the next image starts a new one", "Drift"),
    Operation("get", "/v2", "serverMetadata", "The server (Open Inference Protocol)"),
    Operation("get", "/v2/health/live", "live", "Whether the server lives", with: ["security": []]),
    Operation(
      "get", "/v2/health/ready", "ready", "Whether the server takes requests", with: ["security": []]),
    Operation(
      "get", "/v2/models/{name}", "modelMetadata",
      "The inputs and outputs of a model (Open Inference Protocol)"),
    Operation("get", "/v2/models/{name}/ready", "modelReady", "Whether a model takes requests"),
    Operation(
      "post", "/v2/models/{name}/infer", "infer", "Runs a model (Open Inference Protocol)",
      with: [
        "description": .string(
          "A request has one input. It is the model's own input, preprocessed; or UINT8 [N, height, width, 1 "
            + "or 3] called \(ModelInputs.pictures), decoded pictures of any size; or BYTES [N] called "
            + "\(ModelInputs.files), image files. With the binary-tensor extension, "
            + "Inference-Header-Content-Length is the length of the JSON before the binary data. Each path "
            + "of a model also exists with /versions/1 after the name."),
        "requestBody": [
          "required": true,
          "content": ["application/json": ["schema": .component("schemas/InferenceRequest")]],
        ],
      ]),
    Operation("get", "/metrics", "metrics", "Measurements for Prometheus", "Metrics"),
  ]

  private static let responses: JSONValue = [
    "Problem": answer(
      "What went wrong (RFC 9457).", .component("schemas/Problem"), type: "application/problem+json"),
    "Object": answer("The answer that the Open Inference Protocol defines.", ["type": "object"]),
    "Models": answer("Their names, sorted.", Schema.record(["models": Schema.list(of: Schema.text)])),
    "Verdicts": answer(
      "A verdict, or for several images a list of verdicts in their order.",
      [
        "anyOf": [
          .component("schemas/Verdict"),
          Schema.record([
            "images": Schema.list(
              of: ["anyOf": [.component("schemas/Verdict"), .component("schemas/Unreadable")]])
          ]),
        ]
      ]),
    "Assessment": answer("The assessment of the batch.", .component("schemas/Assessment")),
    "Drift": answer("How the streams stand.", .component("schemas/Drift")),
    "Metrics": answer("Text format 0.0.4.", Schema.text, type: "text/plain"),
  ]

  private static func answer(
    _ description: String, _ schema: JSONValue, type: String = "application/json"
  ) -> JSONValue {
    ["description": .string(description), "content": [type: ["schema": schema]]]
  }

  private static let schemas: JSONValue = [
    "Images": Schema.record(
      [
        "source": ["type": ["string", "null"], "pattern": Schema.sourcePattern],
        "images": [
          "type": "array", "minItems": 1,
          "items": Schema.record(
            ["name": ["type": ["string", "null"]], "data": Schema.base64], required: ["data"]),
        ],
      ], required: ["images"]),
    "Verdict": Schema.verdict,
    "Unreadable": Schema.record(["name": Schema.text, "error": Schema.text]),
    "Assessment": Schema.assessment,
    "Drift": Schema.record([
      "delta": [
        "type": "number", "description": "The probability that a source ever raises a false alarm.",
      ],
      "overall_log_wealth": Schema.number,
      "sources": Schema.list(
        of: Schema.record([
          "source": Schema.text, "images": Schema.count, "log_wealth": Schema.number,
          "largest_log_wealth": Schema.number, "alarm": Schema.truth,
        ])),
    ]),
    "InferenceRequest": Schema.inferenceRequest,
    "Problem": Schema.record([
      "type": Schema.text, "title": Schema.text,
      "status": ["type": "integer", "minimum": 400, "maximum": 599], "detail": Schema.text,
      "error": [
        "type": "string",
        "description": "The same text as 'detail', under the name that the Open Inference Protocol uses.",
      ],
    ]),
  ]
}

/// A method of a path. Each name in braces in the path is a parameter.
private struct Operation {
  let path: String
  let json: JSONValue

  /// - Parameters:
  ///   - answer: the name of its response.
  ///   - further: additional members.
  init(
    _ method: String, _ path: String, _ id: String, _ summary: String, _ answer: String = "Object",
    with further: JSONValue = [:]
  ) {
    self.path = path
    let usual: JSONValue = [
      "operationId": .string(id), "summary": .string(summary),
      "responses": [
        "200": .component("responses/\(answer)"), "default": .component("responses/Problem"),
      ],
    ]
    let parameters = path.matches(of: /{(\w+)}/).map { JSONValue.component("parameters/\($0.1)") }
    json = ["parameters": .array(parameters), method: usual.with(further)]
  }
}

/// JSON schemas.
private enum Schema {
  static let text: JSONValue = ["type": "string"]
  static let number: JSONValue = ["type": "number"]
  static let count: JSONValue = ["type": "integer", "minimum": 0]
  static let truth: JSONValue = ["type": "boolean"]
  static let share: JSONValue = ["type": "number", "minimum": 0, "maximum": 1]
  static let file: JSONValue = ["type": "string", "format": "binary"]
  static let form: JSONValue = [
    "type": "object", "properties": ["source": source], "additionalProperties": file,
  ]
  static let base64: JSONValue = [
    "type": "string", "contentEncoding": "base64", "pattern": "^([A-Za-z0-9+/]{4})*$",
  ]
  static let sourcePattern: JSONValue = "^[A-Za-z0-9._-]{1,64}$"
  static let source: JSONValue = ["type": "string", "pattern": sourcePattern]

  static func list(of items: JSONValue) -> JSONValue { ["type": "array", "items": items] }

  /// - Parameter required: the properties that are always present; the object may then have other properties
  ///   too. Without it the object has exactly these properties.
  static func record(_ properties: JSONValue, required: [String]? = nil) -> JSONValue {
    [
      "type": "object", "properties": properties,
      "required": .array((required ?? properties.members.map(\.key)).map(JSONValue.string)),
      "additionalProperties": .bool(required != nil),
    ]
  }

  private static let name: JSONValue = [
    "name": ["type": "string", "description": "In a list: the image's name."]
  ]

  static let verdict = record(
    name.with(.object(Verdict.Field.allCases.map { .init(key: $0.rawValue, value: $0.schema) })),
    required: Verdict.Field.allCases.filter { ![.scores, .calibratedConfidence].contains($0) }.map(\.rawValue)
  )

  private static let accuracy: JSONValue = [
    "anyOf": [record(["images": count, "value": share, "interval": list(of: share)]), ["type": "null"]]
  ]

  static let assessment = record([
    "images": count, "flagged": share, "alpha": share,
    "shift": record([
      "p_value": share, "p_value_of_scores": share, "p_value_of_signatures": ["type": ["number", "null"]],
      "log10_wealth": number,
    ]),
    "strange": record(["images_at_least": count, "share_at_least": share]),
    "accuracy_of_accepted": accuracy, "accuracy": accuracy,
    "accuracy_withheld": ["type": ["string", "null"]],
    "groups": list(
      of: record([
        "images": count, "examples": list(of: text),
        "classes": list(
          of: record(
            ["class": count, "label": ["type": ["string", "null"]], "images": count],
            required: ["class", "images"])),
      ])),
    "gates": list(
      of: record(["gate": text, "limit": share, "value": ["type": ["number", "null"]], "passes": truth])),
    "failures": count, "warnings": list(of: record(["code": text, "text": text])),
  ])

  static let inferenceRequest = record(
    [
      "id": text,
      "parameters": record(["binary_data_output": truth, "source": source], required: []),
      "inputs": [
        "type": "array", "minItems": 1, "maxItems": 1,
        "items": record(
          [
            "name": text, "shape": list(of: count), "datatype": ["enum": ["FP32", "UINT8", "BYTES"]],
            "data": ["type": "array"], "parameters": record(["binary_data_size": count], required: []),
          ], required: ["name", "shape", "datatype"]),
      ],
      "outputs": list(
        of: record(
          ["name": text, "parameters": record(["binary_data": truth], required: [])], required: ["name"])),
    ], required: ["inputs"])
}

extension Verdict.Field {
  /// The schema of its values.
  fileprivate var schema: JSONValue {
    switch self {
    case .score:
      [
        "type": ["number", "null"],
        "description": "A lower score is stranger. It is null if the score is not a number.",
      ]
    case .pValue: ["type": "number", "minimum": 0, "maximum": 1]
    case .outlier: Schema.truth
    case .classIndex: Schema.count
    case .label: ["type": ["string", "null"]]
    case .confidence, .calibratedConfidence: ["type": ["number", "null"], "minimum": 0, "maximum": 1]
    case .scores: ["type": "object", "additionalProperties": ["type": ["number", "null"]]]
    }
  }
}

extension JSONValue {
  fileprivate static func component(_ path: String) -> JSONValue { ["$ref": .string("#/components/\(path)")] }
}
