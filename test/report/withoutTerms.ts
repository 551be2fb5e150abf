/** A page as its sections wrote it: without the links of terms, what describes headings, and the glossary. */
export const withoutTerms = (page: string): string =>
  page
    .replaceAll(/<a class="term"[^>]*>(.*?)<\/a>/g, '$1')
    .replaceAll(/ class="term" aria-describedby="[^"]*"/g, '')
    .replace(/<section id="glossary">.*?<\/section>/s, '')
    .replace(/<li><a href="#glossary">.*?<\/li>/, '');
