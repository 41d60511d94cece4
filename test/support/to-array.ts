/** Everything that comes, as a list. */
export async function all<Value>(coming: AsyncIterable<Value>): Promise<Value[]> {
  const found: Value[] = [];
  for await (const value of coming) found.push(value);
  return found;
}
