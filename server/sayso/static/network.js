// The network of a page, drawn at the positions that the server computed. The same links stand in the table beneath.

const place = document.querySelector("#network")

// Cytoscape paints on a canvas, which knows no custom properties and no light-dark().
function colour(name) {
  const probe = document.createElement("span")
  probe.style.color = `var(--${name})`
  place.append(probe)
  const found = getComputedStyle(probe).color
  probe.remove()
  return found
}

// Cytoscape adds an inline style sheet, which the policy of the pages forbids, unless it finds one with this id.
function keepPolicy() {
  const stand = document.createElement("meta")
  stand.id = "__________cytoscape_stylesheet"
  document.head.append(stand)
}

function style() {
  const [ink, quiet, edge, accent, field, link] = ["ink", "quiet", "edge", "accent", "field", "link"].map(colour)
  const { fontFamily } = getComputedStyle(document.querySelector(".masthead"))
  return [
    {
      selector: "node",
      style: {
        "background-color": link,
        "font-family": fontFamily,
        "font-size": "data(letters)",
        "min-zoomed-font-size": 11,
        "text-background-color": field,
        "text-background-opacity": 0.8,
        "text-margin-y": -3,
        "text-max-width": 110,
        "text-wrap": "wrap",
        color: ink,
        height: "data(size)",
        label: "data(label)",
        width: "data(size)",
      },
    },
    { selector: "node[kind != 'person']", style: { shape: "round-rectangle", "background-color": quiet } },
    { selector: "edge", style: { "curve-style": "bezier", "line-color": edge, width: 1.5, opacity: 0.75 } },
    {
      selector: "edge[kind = 'allegation']",
      style: {
        "arrow-scale": 0.8,
        "line-color": accent,
        "line-style": "dashed",
        "target-arrow-color": accent,
        "target-arrow-shape": "vee",
      },
    },
    { selector: ".faded", style: { opacity: 0.12 } },
  ]
}

// Positions are scaled to the room there is, so that names have one size whatever the size of the network. Those of nodes
// with few links appear as one comes closer.
function elements({ nodes, links }) {
  const wide = (axis) => Math.max(...nodes.map((node) => node[axis])) - Math.min(...nodes.map((node) => node[axis])) || 1
  const scale = Math.min(place.clientWidth / wide("x"), place.clientHeight / wide("y"))
  const small = Math.min(1, 0.55 + place.clientWidth / 2000) // on a narrow screen fewer names fit
  return [
    ...nodes.map(({ x, y, ...data }) => {
      const root = Math.sqrt(data.weight)
      return { group: "nodes", data: { ...data, size: 4 + 3 * root, letters: (7 + 2 * root) * small }, position: { x: x * scale, y: y * scale } }
    }),
    ...links.map((data, number) => ({ group: "edges", data: { ...data, id: `link-${number}` } })),
  ]
}

function showNeighbours(graph) {
  graph.on("mouseover", "node", ({ target }) => {
    graph.elements().difference(target.closedNeighborhood()).addClass("faded")
  })
  graph.on("mouseout", "node", () => graph.elements().removeClass("faded"))
}

async function draw() {
  const [{ default: cytoscape }, data] = await Promise.all([
    import(place.dataset.library),
    fetch(place.dataset.source, { headers: { Accept: "application/json" } }).then((response) => response.json()),
  ])
  if (!data.nodes.length) return
  place.classList.add("drawn")
  keepPolicy()
  const graph = cytoscape({
    container: place,
    elements: elements(data),
    layout: { name: "preset", fit: true, padding: 30 },
    style: style(),
    maxZoom: 3,
    minZoom: 0.1,
    userZoomingEnabled: false, // the wheel scrolls the page; two buttons zoom
  })
  graph.on("tap", "node", ({ target }) => location.assign(target.data("href")))
  showNeighbours(graph)
  addButtons(graph)
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => graph.style(style()))
}

function addButtons(graph) {
  const bar = document.createElement("p")
  bar.className = "network-buttons"
  const centre = () => ({ x: place.clientWidth / 2, y: place.clientHeight / 2 })
  const zoom = (factor) => graph.zoom({ level: graph.zoom() * factor, renderedPosition: centre() })
  for (const [text, act] of [
    ["Closer", () => zoom(1.4)],
    ["Farther", () => zoom(1 / 1.4)],
    ["Whole", () => graph.fit(undefined, 30)],
  ]) {
    const button = document.createElement("button")
    button.type = "button"
    button.textContent = text
    button.addEventListener("click", act)
    bar.append(button, " ")
  }
  place.before(bar)
}

if (place?.dataset.library) draw()
