# Cuts from Twilio's OpenAPI what this crate's tests compare with; see README.md.
def property: { type, format, enum, items: (.items | if . then { type, properties: (.properties | if . then map_values(property) else . end) } | with_entries(select(.value != null)) else . end) }
  | with_entries(select(.value != null));
($operations | split(" ")) as $wanted
| ($schemas | split(" ")) as $described
| .components.schemas as $all
| [ .paths | to_entries[] | .key as $path
    | .value | to_entries[] | select(.value | type == "object" and (.operationId | IN($wanted[])))
    | { key: .value.operationId, value: {
          method: (.key | ascii_upcase),
          path: $path,
          query: [ .value.parameters[]? | select(.in == "query") | .name ],
          form: [ .value.requestBody.content[]?.schema.properties | keys_unsorted[] ],
          examples: [ .value.responses[].content[]?.examples // {} | .[].value | walk(if type == "object" then del(.subresource_uris) else . end) ] } }
  ] | from_entries as $cut
| { operations: $cut,
    schemas: ($all | with_entries(select(.key | IN($described[])))
      | map_values(.properties | map_values(if has("$ref") then $all[.["$ref"] | split("/") | last] else . end | property))) }
