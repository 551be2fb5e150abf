/**
 * What tables can do: sort by the column whose header is pressed (numbers as numbers, a second press the other way), show the rows
 * that hold a text where there are many, and be copied as CSV, in which no cell is a formula.
 */
const TABLES = `
for(const button of document.querySelectorAll('th button'))button.addEventListener('click',()=>{
const th=button.parentElement,column=th.cellIndex,body=th.closest('table').tBodies[0];
const up=th.getAttribute('aria-sort')!=='ascending';
for(const other of th.parentElement.cells)other.removeAttribute('aria-sort');
th.setAttribute('aria-sort',up?'ascending':'descending');
const value=row=>{const text=row.cells[column].textContent.trim();const number=parseFloat(text);return Number.isNaN(number)?text:number};
const order=(a,b)=>typeof a===typeof b?(a<b?-1:a>b?1:0):typeof a==='number'?-1:1;
body.append(...[...body.rows].sort((a,b)=>(up?1:-1)*order(value(a),value(b))));
});
const cellOf=cell=>{const text=cell.textContent.trim();const plain=/^[=+@\\t\\r-]/.test(text)&&!/^[-+]?[\\d.]+(e[-+]?\\d+)?$/.test(text)?"'"+text:text;return /[",\\n]/.test(plain)?'"'+plain.replaceAll('"','""')+'"':plain};
const csvOf=table=>[...table.rows].filter(row=>!row.hidden).map(row=>[...row.cells].map(cellOf).join(',')).join('\\n')+'\\n';
const copy=async text=>{if(navigator.clipboard)return navigator.clipboard.writeText(text);const area=document.createElement('textarea');area.value=text;document.body.append(area);area.select();document.execCommand('copy');area.remove()};
for(const box of document.querySelectorAll('.scroll')){
const table=box.querySelector('table'),rows=[...table.tBodies[0].rows],tools=document.createElement('p');
tools.className='tools';
if(rows.length>12){const input=document.createElement('input');input.type='search';input.placeholder='filter rows';input.setAttribute('aria-label','filter rows of the table below');
input.addEventListener('input',()=>{const text=input.value.toLowerCase();for(const row of rows)row.hidden=!row.textContent.toLowerCase().includes(text)});tools.append(input)}
const button=document.createElement('button');button.type='button';button.textContent='copy as CSV';
button.addEventListener('click',async()=>{await copy(csvOf(table));button.textContent='copied';setTimeout(()=>{button.textContent='copy as CSV'},1500)});
tools.append(button);box.before(tools)}
`;

/**
 * What a term means, beside it, while the pointer or the focus is on it: Escape takes it away, the pointer may move onto it, and it
 * stays until either leaves. A finger that touches a term is shown the same; without a script terms lead to the glossary.
 */
const TERMS = `
const tip=document.createElement('div');tip.className='tip';tip.hidden=true;tip.setAttribute('aria-hidden','true');document.body.append(tip);
let termShown=null,tipLeaving=0;
const termAt=event=>event.target.closest?.('[aria-describedby^="term-"]');
const place=()=>{if(tip.hidden)return;const at=termShown.getBoundingClientRect(),width=document.documentElement.clientWidth,height=innerHeight;
tip.style.left=Math.max(8,Math.min(at.left,width-tip.offsetWidth-8))+'px';
const below=at.bottom+4+tip.offsetHeight<height||at.top<tip.offsetHeight+4;
tip.style.top=(below?at.bottom+4:at.top-tip.offsetHeight-4)+'px'};
const paragraph=id=>{const entry=document.getElementById(id),text=document.createElement('p'),word=document.createElement('strong');
word.textContent=entry.firstElementChild.textContent;text.append(word,': '+entry.lastElementChild.textContent);return text};
const show=(term,texts)=>{clearTimeout(tipLeaving);termShown=term;tip.replaceChildren(...texts);tip.hidden=false;place()};
const hide=()=>{clearTimeout(tipLeaving);tip.hidden=true;termShown=null};
const showTerm=term=>show(term,term.getAttribute('aria-describedby').split(' ').map(paragraph));
document.addEventListener('pointerover',event=>{if(event.pointerType==='touch')return;const term=termAt(event);
if(term&&term!==termShown)showTerm(term);
else if(term||tip.contains(event.target))clearTimeout(tipLeaving);
else if(termShown&&termShown!==document.activeElement){clearTimeout(tipLeaving);tipLeaving=setTimeout(hide,250)}});
document.addEventListener('focusin',event=>{const term=termAt(event);if(term&&term.matches(':focus-visible'))showTerm(term)});
document.addEventListener('focusout',event=>{if(event.target===termShown)hide()});
document.addEventListener('keydown',event=>{if(event.key==='Escape')hide()});
document.addEventListener('click',event=>{const term=termAt(event);if(event.pointerType!=='touch')return;
if(term){if(term.tagName==='A')event.preventDefault();showTerm(term)}else if(!tip.contains(event.target))hide()});
addEventListener('scroll',place,{passive:true,capture:true});addEventListener('resize',place);
`;

/**
 * The cells of a heat map one by one, by the arrow keys. Cells that are drawn together say their numbers under the pointer too:
 * they have no titles of their own.
 */
const CELLS = `
for(const map of document.querySelectorAll('svg.cells')){
const said=document.createElement('p'),group=map.querySelector('.together');
said.className='unseen';said.setAttribute('role','status');map.after(said);
let at=0,side,textOf,cellOf;
if(group){const names=map.dataset.names.split('\\n'),numbers=map.dataset.numbers.split(' ');side=names.length;
const mark=document.createElementNS(map.namespaceURI,'rect');mark.setAttribute('width',1);mark.setAttribute('height',1);mark.classList.add('mark');group.append(mark);
cellOf=k=>{mark.setAttribute('x',k%side);mark.setAttribute('y',Math.floor(k/side));return mark};
textOf=k=>names[Math.floor(k/side)]+' ← '+names[k%side]+': '+numbers[k]}
else{const cells=[...map.querySelectorAll('.cell')];side=Math.round(Math.sqrt(cells.length));cellOf=k=>cells[k];textOf=k=>cells[k].querySelector('title').textContent}
const tell=k=>{cellOf(at).classList.remove('at');at=k;const cell=cellOf(k),text=document.createElement('p');cell.classList.add('at');text.textContent=textOf(k);show(cell,[text])};
const go=k=>{tell(k);said.textContent=textOf(k)};
const leave=()=>{cellOf(at).classList.remove('at');hide()};
map.addEventListener('focus',()=>{if(map.matches(':focus-visible'))go(at)});
map.addEventListener('blur',leave);
map.addEventListener('keydown',event=>{const column=at%side,row=(at-column)/side;
const to={ArrowLeft:[row,column-1],ArrowRight:[row,column+1],ArrowUp:[row-1,column],ArrowDown:[row+1,column],Home:[row,0],End:[row,side-1]}[event.key];
if(!to||event.ctrlKey||event.altKey||event.metaKey)return;event.preventDefault();
const clamp=value=>Math.max(0,Math.min(side-1,value));go(clamp(to[0])*side+clamp(to[1]))});
if(group){map.addEventListener('pointermove',event=>{const place=new DOMPoint(event.clientX,event.clientY).matrixTransform(group.getScreenCTM().inverse());
const column=Math.floor(place.x),row=Math.floor(place.y);
if(column>=0&&row>=0&&column<side&&row<side)tell(row*side+column);else leave()});
map.addEventListener('pointerleave',leave)}}
`;

/** Paper shows what is folded: everything is opened to print, and folded again after. */
const PRINTING = `
let folded=[];
addEventListener('beforeprint',()=>{hide();folded=[...document.querySelectorAll('details:not([open])')];for(const one of folded)one.open=true});
addEventListener('afterprint',()=>{for(const one of folded)one.open=false;folded=[]});
`;

/** The one script of a page. Without it the page is whole. */
export const SCRIPT = [TABLES, TERMS, CELLS, PRINTING].join('');

/** SHA-256 of the script in base64: the page allows this script and no other. */
export const SCRIPT_DIGEST = 'CKeVicm2xODeauWnHK7e1KMSScXp4Itd90nXBoQHTzE=';
