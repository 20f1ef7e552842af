// The query editor: YASGUI on this endpoint alone. Without this the examples and the form beneath still work.

const TERMS = `
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
SELECT DISTINCT ?kind ?term WHERE {
  { ?thing a ?term BIND("class" AS ?kind) } UNION { ?term a owl:Class BIND("class" AS ?kind) }
  UNION { ?thing ?term ?value BIND("property" AS ?kind) } UNION { ?claim rdf:predicate ?term BIND("property" AS ?kind) }
  FILTER(isIRI(?term))
} ORDER BY ?kind ?term`

const place = document.querySelector("#editor")
const endpoint = new URL(place.dataset.endpoint, location.href).href
const prefixes = Object.fromEntries([...document.querySelectorAll("#prefixes [data-prefix]")].map((each) => [each.dataset.prefix, each.textContent]))
const examples = [...document.querySelectorAll("#examples details")].map((each) => ({
  name: each.querySelector("summary").textContent.trim(),
  query: each.querySelector("code").textContent,
}))

let asked // the terms, asked for when the first completion is wanted

function terms() {
  asked ??= fetch(`${endpoint}?${new URLSearchParams({ query: TERMS })}`, { headers: { Accept: "application/sparql-results+json" } })
    .then((response) => (response.ok ? response.json() : Promise.reject(new Error(response.statusText))))
    .then((answer) => answer.results.bindings.map((row) => ({ kind: row.kind.value, iri: row.term.value })))
    .catch(() => {
      asked = undefined // so that the next completion asks again
      return []
    })
  return asked
}

// YASGUI would ask an outside vocabulary service for classes and properties, as one types.
function complete(kind) {
  return async (_, token) => {
    const begun = token.autocompletionString ?? ""
    return (await terms()).filter((term) => term.kind === kind && term.iri.startsWith(begun)).map((term) => term.iri)
  }
}

function start(Yasgui) {
  const { Yasqe } = Yasgui
  Yasqe.forkAutocompleter("class", { name: "class", get: complete("class") })
  Yasqe.forkAutocompleter("property", { name: "property", get: complete("property") })
  Yasqe.forkAutocompleter("prefixes", {
    name: "prefixes",
    get: Object.entries(prefixes).map(([prefix, iri]) => `${prefix}: <${iri}>`),
    persistenceId: null,
  })
  Yasgui.Yasr.plugins.table.defaults.openIriInNewWindow = false
  const yasgui = new Yasgui(place, {
    persistenceId: "sayso",
    autofocus: false,
    copyEndpointOnNewTab: false,
    requestConfig: { endpoint, method: "GET" },
    endpointCatalogueOptions: { getData: () => [{ endpoint }] },
    // A shared link may name another endpoint; this page asks its own.
    populateFromUrl: (tab) => ({ ...tab, requestConfig: { ...tab.requestConfig, endpoint, headers: {} } }),
    autoAddOnInit: false,
    yasqe: { value: examples[0].query, extraKeys: { ...Yasqe.defaults.extraKeys, Tab: false, "Shift-Tab": false } },
    yasr: { prefixes },
  })
  for (const each of yasgui.persistentConfig.getTabs()) yasgui.getTab(each).setEndpoint(endpoint)
  if (!yasgui.persistentConfig.getTabs().length) {
    for (const [number, { name, query }] of examples.entries()) yasgui.addTab(number === 0, { name, yasqe: { value: query } })
  }
  document.querySelector("#editor-missing").remove()
  const label = () => {
    yasgui.getTab().getYasqe().getInputField().setAttribute("aria-label", "SPARQL query; Escape leaves the editor")
    // The panel of a tab is made when the tab is first chosen.
    for (const tab of place.querySelectorAll("[role=tab]")) {
      if (!document.getElementById(tab.getAttribute("aria-controls"))) tab.removeAttribute("aria-controls")
    }
  }
  yasgui.on("tabSelect", () => setTimeout(label)) // the editor of a tab is made after the event
  yasgui.on("tabAdd", () => setTimeout(label))
  label()
}

// A result links to the page of an entity here, not to its address in the world.
function keepHere({ target }) {
  const link = target.closest?.("a.iri")
  if (prefixes.id && link?.href.startsWith(prefixes.id)) link.href = `/id/${link.href.slice(prefixes.id.length)}`
}

place.addEventListener("pointerover", keepHere)
place.addEventListener("focusin", keepHere)
if (window.Yasgui) start(window.Yasgui)
