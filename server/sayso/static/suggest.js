// Suggestions under a search box, after the ARIA combobox pattern. Without this the form still searches.

const DELAY = 120 // ms between the last key and the question, so that a word is asked for once

class Combobox {
  constructor(input, number) {
    this.input = input
    this.list = document.createElement("ul")
    this.list.className = "suggestions"
    this.list.id = `suggestions-${number}`
    this.list.setAttribute("role", "listbox")
    this.list.setAttribute("aria-label", "Suggestions")
    this.chosen = -1
    input.after(this.list)
    input.setAttribute("role", "combobox")
    input.setAttribute("aria-autocomplete", "list")
    input.setAttribute("aria-controls", this.list.id)
    this.show([])
    input.addEventListener("input", () => this.wait())
    input.addEventListener("keydown", (event) => this.press(event))
    input.addEventListener("blur", () => this.show([]))
    // The box would lose the focus, and the list would close, before the click arrived.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault())
  }

  wait() {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.ask(), DELAY)
  }

  async ask() {
    this.asked?.abort()
    this.asked = new AbortController()
    const text = this.input.value.trim()
    if (!text) return this.show([])
    try {
      const address = `${this.input.dataset.suggest}?${new URLSearchParams({ q: text })}`
      const response = await fetch(address, { signal: this.asked.signal, headers: { Accept: "application/json" } })
      this.show(response.ok ? await response.json() : [])
    } catch (error) {
      if (error.name !== "AbortError") this.show([])
    }
  }

  show(found) {
    this.found = found
    this.list.replaceChildren(...found.map((each, place) => this.option(each, place)))
    this.input.setAttribute("aria-expanded", String(found.length > 0))
    this.choose(-1)
  }

  option(each, place) {
    const option = document.createElement("li")
    option.id = `${this.list.id}-${place}`
    option.setAttribute("role", "option")
    const name = document.createElement("bdi")
    name.textContent = each.label
    if (each.language) name.lang = each.language
    const kind = document.createElement("small")
    kind.textContent = each.kind
    option.append(name, kind)
    option.addEventListener("click", () => location.assign(each.href))
    return option
  }

  choose(place) {
    this.chosen = place
    for (const [each, option] of [...this.list.children].entries()) option.setAttribute("aria-selected", String(each === place))
    const option = this.list.children[place]
    if (option) {
      this.input.setAttribute("aria-activedescendant", option.id)
      option.scrollIntoView({ block: "nearest" })
    } else this.input.removeAttribute("aria-activedescendant")
  }

  press(event) {
    const count = this.found.length
    if (!count) return
    if (event.key === "ArrowDown") this.choose(this.chosen + 1 < count ? this.chosen + 1 : -1)
    else if (event.key === "ArrowUp") this.choose(this.chosen < 0 ? count - 1 : this.chosen - 1)
    else if (event.key === "Escape") this.show([])
    else if (event.key === "Enter" && this.chosen >= 0) location.assign(this.found[this.chosen].href)
    else return
    event.preventDefault()
  }
}

for (const [number, input] of document.querySelectorAll("input[data-suggest]").entries()) new Combobox(input, number)
