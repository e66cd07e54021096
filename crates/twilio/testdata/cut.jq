# Cuts from Twilio's OpenAPI what this crate's tests compare with; see README.md.
($operations | split(" ")) as $wanted
| .components.schemas as $schemas
| [ .paths | to_entries[] | .key as $path
    | .value | to_entries[] | select(.value | type == "object" and (.operationId | IN($wanted[])))
    | { key: .value.operationId, value: {
          method: (.key | ascii_upcase),
          path: $path,
          query: [ .value.parameters[]? | select(.in == "query") | .name ],
          form: [ .value.requestBody.content[]?.schema.properties | keys_unsorted[] ],
          examples: [ .value.responses[].content[].examples // {} | .[].value | walk(if type == "object" then del(.subresource_uris) else . end) ] } }
  ] | from_entries as $cut
| { operations: $cut,
    schemas: ($schemas | with_entries(select(.key | test("^api.v2010.account(.balance|.call|.incoming_phone_number|.outgoing_caller_id)?$")))
      | map_values(.properties | map_values(if has("$ref") then $schemas[.["$ref"] | split("/") | last] else . end | { type, format, enum } | with_entries(select(.value != null))))) }
