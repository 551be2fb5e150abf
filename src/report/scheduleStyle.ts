/**
 * What the page of a schedule needs beside the common style: colours of groups (`g0` …) and of the parts of a cost, its facts
 * and small multiples. Numbers stand on the parts in the colour of the paper, with a contrast of 4.5 in both schemes.
 */
export const SCHEDULE_STYLE = `
:root{--g0:#0a5ad0;--g1:#a84b00;--g2:#1a7f37;--g3:#8250df;--g4:#b02a7c;--g5:#0b6b80;--g6:#7a6200;--g7:#57606a;--g8:#5aa2f0;--g9:#e0903c;--g10:#6abf7a;--g11:#c3a0f5}
@media (prefers-color-scheme:dark){:root{--g0:#6cb6ff;--g1:#f0a05a;--g2:#56d364;--g3:#c49bff;--g4:#ff8fc7;--g5:#4fd0dc;--g6:#d4b13c;--g7:#9da7b3;--g8:#2f6fb8;--g9:#9c5a1c;--g10:#2c7a3d;--g11:#7a55b5}}
${Array.from({ length: 12 }, (_, k) => `.g${k},.key.g${k}{fill:var(--g${k});background:var(--g${k})}`).join('')}
.bar{stroke:var(--paper);stroke-width:.6}
.zero{stroke:var(--ink);stroke-width:1}.break{stroke:var(--soft);stroke-dasharray:2 3}
.total{stroke:var(--ink);stroke-width:2.5}.thinks{fill:var(--paper);stroke:var(--ink);stroke-width:1.5}
.cap{fill:none}.even{fill:none;stroke:var(--soft);stroke-dasharray:4 3}.cap{stroke:var(--neg);stroke-width:1.5;stroke-dasharray:6 3}
.chosen circle{fill:var(--hue);stroke:var(--ink);stroke-width:1.5}.other circle{fill:var(--paper);stroke:var(--soft);stroke-width:1.5}
text.value{fill:var(--ink);font-size:12px;font-variant-numeric:tabular-nums}text.on{fill:var(--paper);font-size:12px;font-weight:600}
text.label{fill:var(--soft);font-size:11px}text.label.chosen{fill:var(--ink);font-weight:600}
.facts{display:grid;grid-template-columns:7rem 1fr;gap:.25rem 1rem;margin:.8rem 0}.facts dt{color:var(--soft)}.facts dd{margin:0}
.verdict.ink{color:var(--ink)}
.square svg{max-width:24rem}
.warnings,.notes{margin:.5rem 0;padding:.5rem .5rem .5rem 1.6rem;background:var(--panel);border-left:4px solid var(--line)}.warnings{border-color:var(--warn)}
.parts{display:flex;flex-wrap:wrap;gap:.1rem 1.1rem;margin:.2rem 0;padding:0;list-style:none;font-variant-numeric:tabular-nums}.parts .key{margin-left:0}
.small{display:grid;grid-template-columns:repeat(auto-fill,minmax(12.5rem,1fr));gap:.4rem 1.2rem}.small figcaption{font-variant-numeric:tabular-nums}
h1,h2,dd,li,figcaption{overflow-wrap:anywhere}td .name,td strong,.item,data{white-space:nowrap}.item{margin:0 .35rem}.item .key{margin-left:0}
.thousand{margin-left:.22em}
.more{color:var(--soft);font-size:.9rem}
@media (max-width:40rem){main{padding:.9rem}.facts{grid-template-columns:1fr;gap:0}.facts dd{margin-bottom:.4rem}figure:not(.one) .axis text,text.label,text.value,text.on{font-size:14.5px}text.name{font-size:15px}.small{grid-template-columns:1fr 1fr}.small figure:not(.one) .axis text{font-size:12.5px}figure:not(.one) .axis text[transform]{font-size:12px}}
@media print{.small{grid-template-columns:repeat(4,1fr)}rect,circle,.key{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`;
