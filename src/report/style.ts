/** Style of the page. Colours keep a contrast of 4.5 in both schemes. */
export const STYLE = `
:root{--ink:#1b1f24;--soft:#57606a;--paper:#fff;--line:#d0d7de;--panel:#f6f8fa;--good:#116329;--bad:#a40e26;--warn:#7d4e00;--hue:#0a5ad0;--m0:#8c959f;--m1:#bf8700;--m2:#0a5ad0;--neg:#c5303c}
@media screen and (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9da7b3;--paper:#0d1117;--line:#30363d;--panel:#161b22;--good:#56d364;--bad:#ff7b72;--warn:#e3b341;--hue:#6cb6ff;--m0:#8b949e;--m1:#d4a72c;--m2:#6cb6ff;--neg:#ff7b72}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:76rem;margin:0 auto;padding:1.5rem}
h1{font-size:1.6rem;margin:0 0 .4rem}h2{font-size:1.15rem;margin:2rem 0 .5rem;border-bottom:1px solid var(--line);padding-bottom:.2rem}h3{font-size:1rem}
.soft{color:var(--soft);font-weight:400}.lead{font-size:1.1rem;margin:.2rem 0}
.verdict{font-size:1.25rem;font-weight:600;margin:.2rem 0}.verdict.passed{color:var(--good)}.verdict.failed{color:var(--bad)}
.pill{font-weight:600;white-space:nowrap}.pill.passed,.pill.chosen{color:var(--good)}.pill.failed{color:var(--bad)}.pill.withheld{color:var(--warn)}.pill.not-applicable,.pill.not-enough-data{color:var(--soft)}.pill.green{color:var(--good)}.pill.amber{color:var(--warn)}.pill.red{color:var(--bad)}
.scroll{overflow:auto;max-height:62rem;margin:.5rem 0}
table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}
th,td{padding:.25rem .7rem .25rem 0;text-align:left;border-bottom:1px solid var(--line);vertical-align:top}th{vertical-align:bottom}td.prose{min-width:16rem}.wide td:first-child{min-width:8.5rem}
th button{all:unset;cursor:pointer;font-weight:600}th button:focus-visible{outline:2px solid var(--hue)}
.number{text-align:right}
figure{margin:.5rem 0}.pair{display:flex;flex-wrap:wrap;gap:1rem}.pair figure{flex:1 1 22rem;max-width:29rem}
figcaption{color:var(--soft);font-size:.85rem}
svg{max-width:min(100%,40rem);height:auto;display:block}.pair svg{width:100%}
.axis text{fill:var(--soft);font-size:11px}.axis line{stroke:var(--line)}
text.name{fill:var(--ink);font-size:12px;font-weight:600}
.series{fill:none;stroke:var(--hue);stroke-width:2}
.predicted{fill:none;stroke:var(--neg);stroke-width:1.5;stroke-dasharray:5 3}
.band{fill:var(--hue);opacity:.18}
.lag line{stroke:currentColor}
.lag circle{fill:currentColor}
.line{fill:none;stroke-width:1.6}.line.model0{stroke:var(--m0)}.line.model1{stroke:var(--m1)}.line.model2{stroke:var(--m2)}
rect.model0,.key.model0{fill:var(--m0);background:var(--m0)}rect.model1,.key.model1{fill:var(--m1);background:var(--m1)}rect.model2,.key.model2{fill:var(--m2);background:var(--m2)}
circle.before{fill:none;stroke:var(--soft)}circle.after{fill:var(--hue)}
.level-full,.key.level-full{fill:var(--line);background:var(--line)}.level-crossFrozen,.key.level-crossFrozen{fill:var(--m1);background:var(--m1)}.level-blockDiagonal,.key.level-blockDiagonal{fill:var(--hue);background:var(--hue)}.level-diagonal,.key.level-diagonal{fill:var(--neg);background:var(--neg)}
.key{display:inline-block;width:.7rem;height:.7rem;margin:0 .3rem 0 .6rem}.key.before{border:1px solid var(--soft);border-radius:50%}.key.after{background:var(--hue);border-radius:50%}
.strip{fill:var(--hue);fill-opacity:.35}.median{stroke:var(--ink);stroke-width:2}
.one svg{max-width:30rem}.pair.wide figure{max-width:36rem}
.outline{fill:none;stroke:var(--line)}.positive{fill:var(--hue)}.negative{fill:var(--neg)}.self{fill:var(--line);fill-opacity:1}
main>.sparks{display:grid;grid-template-columns:repeat(auto-fill,minmax(10rem,1fr));gap:.4rem 1.5rem;margin:1rem 0}.sparks svg{max-width:100%}
main>section :is(p,ul,dl,pre){max-width:60rem}
main>.answers{display:grid;grid-template-columns:minmax(0,1fr);gap:.7rem;margin:.8rem 0 1.5rem}
@media (min-width:62rem){main>.answers{grid-template:"trade costs links" auto "change worries links" 1fr/1fr 1.5fr 1fr}.answer.trade{grid-area:trade}.answer.costs{grid-area:costs}.answer.links{grid-area:links}.answer.worries{grid-area:worries}.answer.change{grid-area:change}}
.answer{border:1px solid var(--line);border-top:4px solid var(--hue);border-radius:.3rem;padding:.5rem .8rem;background:var(--panel)}.answer.good{border-top-color:var(--good)}.answer.bad{border-top-color:var(--bad)}
.answer h2{border:0;margin:0 0 .2rem;font-size:1rem}.answer p,.answer ul{margin:.2rem 0}.answer ul{padding-left:1.1rem}.answer table{font-size:.82rem;width:100%}.answer th,.answer td{padding:.1rem .5rem .1rem 0;white-space:nowrap}.answer.costs td:first-child{white-space:nowrap}.answer.links td:first-child{white-space:normal}
main>.index{position:sticky;top:0;z-index:1;background:var(--paper);border-bottom:1px solid var(--line);padding:.3rem 0;overflow-x:auto;white-space:nowrap;font-size:.85rem}
.index ol{display:flex;gap:.3rem 1rem;list-style:none;margin:0;padding:0}.index a{color:var(--hue);text-decoration:none}.index a:focus-visible,.index a:hover{text-decoration:underline}
section{scroll-margin-top:2.5rem}summary{cursor:pointer}summary h2{display:inline-block;width:calc(100% - 1.5rem)}
.tools{display:flex;gap:.6rem;margin:.3rem 0 0;font-size:.8rem}main>section .tools{max-width:none}.tools button,.tools input{font:inherit;color:var(--ink);background:var(--panel);border:1px solid var(--line);border-radius:.2rem;padding:.1rem .4rem}
.scroll thead th{position:sticky;top:0;background:var(--paper)}
pre{background:var(--panel);padding:.7rem;overflow:auto;font-size:.8rem}
a.term{color:inherit;text-decoration:underline dotted;text-decoration-color:var(--soft);text-underline-offset:.18em}a.term:focus-visible{outline:2px solid var(--hue);outline-offset:1px}th button.term{text-decoration:underline dotted;text-decoration-color:var(--soft);text-underline-offset:.18em}
.tip{position:fixed;z-index:2;max-width:min(26rem,calc(100vw - 16px));padding:.5rem .7rem;background:var(--paper);color:var(--ink);border:1px solid var(--soft);border-radius:.3rem;box-shadow:0 2px 10px #0003;font-size:.85rem}.tip p{margin:0}.tip p+p{margin-top:.4rem}
.unseen{position:absolute;width:1px;height:1px;margin:0;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.cells:focus-visible{outline:2px solid var(--hue)}.cell.at,.mark.at{stroke:var(--ink);stroke-width:2}.mark{fill:none;vector-effect:non-scaling-stroke}
.glossary{columns:2 24rem;column-gap:2rem;font-size:.9rem;max-width:none}main>section .glossary{max-width:none}.glossary div{break-inside:avoid;padding:.25rem 0}.glossary div:target{background:var(--panel);outline:2px solid var(--hue)}.glossary dt{font-weight:600}.glossary dd{margin:0}
@media (max-width:40rem){main{padding:.9rem}td:first-child{min-width:7rem}.answer td:first-child{min-width:0}.answer th,.answer td{padding-right:.35rem}.answer table{font-size:.76rem}.answer th,.answer td{white-space:normal}td.prose{min-width:22rem}.axis text{font-size:14px}.scale text{font-size:11px}text.name{font-size:15px}.glossary{columns:1}}
@page{size:A4;margin:14mm}
@media print{body{font-size:10pt}main{max-width:none;padding:0}.tools,main>.index,.tip{display:none}
.scroll{max-height:none;overflow:visible}.scroll thead th{position:static}thead{display:table-header-group;break-inside:avoid}th button{display:contents}.pair figure{flex:1 1 17rem;max-width:20.5rem}main>.answers{grid-template:none;grid-template-columns:minmax(0,1fr) minmax(0,1.4fr)}main>.answers>.answer{grid-area:auto}.answer table{font-size:7.5pt}.answer th,.answer td{padding:.05rem .3rem .05rem 0;white-space:normal}tr,figure,li,.answer{break-inside:avoid}
h2,h3,summary{break-after:avoid}p{orphans:3;widows:3}details>summary{list-style:none}details>summary::-webkit-details-marker{display:none}details::details-content{content-visibility:visible;display:block;height:auto}
table{font-size:8pt}.wide table{font-size:6.2pt}.wide th,.wide td{padding:.2rem .3rem .2rem 0}.wide td:first-child{min-width:0}.widest table{font-size:5pt}td.prose{min-width:0}td,th{overflow-wrap:break-word}
pre{white-space:pre-wrap;overflow-wrap:anywhere;overflow:visible}a.term,th button.term{text-decoration:none}
.glossary{columns:2;font-size:8pt}rect,circle,path,.key{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`;
