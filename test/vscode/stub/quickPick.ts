import { Disposable, EventEmitter } from './types.ts';

interface Item {
  readonly label: string;
}

/**
 * A quick pick as the extension has it: the editor tells of a row by its place in the list that is drawn, draws a new
 * list after a moment, and answers what it is asked thereafter.
 */
export class QuickPick extends Disposable {
  #items: readonly Item[] = [];
  #drawing: PromiseWithResolvers<void> | undefined;
  activeItems: readonly Item[] = [];
  selectedItems: readonly Item[] = [];
  value = '';
  readonly #active = new EventEmitter<readonly Item[]>();
  readonly #value = new EventEmitter<string>();
  readonly #selected = new EventEmitter<readonly Item[]>();
  readonly #accepted = new EventEmitter<void>();
  readonly #hidden = new EventEmitter<void>();
  readonly onDidChangeActive = this.#active.event;
  readonly onDidChangeValue = this.#value.event;
  readonly onDidChangeSelection = this.#selected.event;
  readonly onDidAccept = this.#accepted.event;
  readonly onDidHide = this.#hidden.event;

  constructor() {
    super(() => undefined);
  }

  get items(): readonly Item[] {
    return this.#items;
  }

  set items(items: readonly Item[]) {
    this.#items = items;
    this.#drawing ??= Promise.withResolvers();
  }

  /** Resolves when the list that was given last is drawn. */
  get drawn(): Promise<void> {
    return this.#drawing?.promise ?? Promise.resolve();
  }

  show(): void {
    this.draw();
  }

  /** The editor shows the list that it was given last. */
  draw(): void {
    this.#drawing?.resolve();
    this.#drawing = undefined;
    this.#look(0);
  }

  type(text: string): void {
    this.#look(0);
    this.value = text;
    this.#value.fire(text);
  }

  /** The person takes the row in this place of the list that they see, which the editor tells in two messages. */
  async take(place: number, betweenThem = async () => {}): Promise<void> {
    this.selectedItems = this.items.slice(place, place + 1);
    this.#selected.fire(this.selectedItems);
    await betweenThem();
    this.#accepted.fire();
  }

  hide(): void {
    this.#hidden.fire();
  }

  #look(place: number): void {
    this.activeItems = this.items.slice(place, place + 1);
    this.#active.fire(this.activeItems);
  }
}
