/** The answer of a call that could have changed something and did not. */
export class Unchanged {
  readonly document: object;
  constructor(document: object) {
    this.document = document;
  }
}
