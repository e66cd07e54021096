// Starts GraphiQL with the addresses that its element names. A file of its own, so that the page needs no inline script.
"use strict";

(() => {
  const element = document.getElementById("graphiql");
  const socket = new URL(element.dataset.wsPath, location.href);
  socket.protocol = location.protocol === "https:" ? "wss:" : "ws:";

  // The header editor's content goes out as HTTP headers of a request, and as connection_init payload of a subscription.
  const fetcher = GraphiQL.createFetcher({
    url: element.dataset.graphqlPath,
    subscriptionUrl: socket.href,
    enableIncrementalDelivery: false,
  });

  // HTTP does not mind how a header is capitalised, the payload's reader does.
  const withOneSpelling = (headers) =>
    Object.fromEntries(
      Object.entries(headers ?? {}).map(([name, value]) => [/^authorization$/i.test(name) ? "Authorization" : name, value]),
    );

  ReactDOM.createRoot(element).render(
    React.createElement(GraphiQL, {
      fetcher: (params, options) => fetcher(params, { ...options, headers: withOneSpelling(options?.headers) }),
      defaultHeaders: '{\n  "Authorization": "Bearer "\n}',
      defaultEditorToolsVisibility: "headers",
      // Nothing is kept once the page is closed. GraphiQL's history would put tokens, and secrets among the variables of
      // a mutation, into the browser's storage, even where headers are told not to persist.
      storage: null,
      showPersistHeadersSettings: false,
    }),
  );
})();
