"""The look of the page: the colours of `hf_toxspan.views`' results page, light and dark, from a phone's width up."""

COLOURS = {
    "bg": ("#f5f5f3", "#141518"),
    "card": ("#ffffff", "#1d1f24"),
    "ink": ("#1c1d20", "#e9e9ea"),
    "soft": ("#5c5f66", "#a3a6ae"),
    "line": ("#dcdcd8", "#33363d"),
    "toxic": ("#b3261e", "#ff8a80"),
    "clean": ("#2e6b45", "#7fcf9b"),
    "error": ("#8a5a00", "#e8b54a"),
    "chosen": ("#ffffff", "#3a3e47"),
    "tick": ("#3c4049", "#5d626d"),
}
"""Each in the light and in the dark page."""


def _colours(place: int) -> str:
    return ";".join(f"--tx-{name}:{pair[place]}" for name, pair in COLOURS.items())


_SCHEMES = f":root{{{_colours(0)}}}\n.dark{{{_colours(1)}}}\n"

_FRAME = """
body{background:var(--tx-bg)!important}
.gradio-container{
width:100%!important;max-width:60rem!important;margin:0 auto!important;padding:0!important;color:var(--tx-ink);
background:var(--tx-bg)!important;overflow-wrap:anywhere}
.gradio-container .fillable{padding:0!important;width:100%!important;max-width:100%!important}
.gradio-container main{padding:1.75rem 1rem 4rem!important;max-width:100%!important}
.gradio-container footer{display:none!important}
.gradio-container .form{
border:0!important;background:none!important;box-shadow:none!important;overflow:visible!important}
.gradio-container .html-container,.gradio-container .block.tx-html{padding:0!important}
.gradio-container label.container,.gradio-container .input-container,#text{overflow:visible!important}
.gradio-container :focus-visible{outline:3px solid Highlight!important;outline-offset:2px!important}
.tx-head{display:block}
.tx-brand{margin:0 0 .35rem;font:600 .8rem/1 ui-monospace,monospace;letter-spacing:.02em;color:var(--tx-soft)}
.tx-head h1{margin:0;font-size:clamp(1.45rem,4.5vw,2rem);line-height:1.2;letter-spacing:-.015em;font-weight:680}
.tx-lead{margin:.5rem 0 0;max-width:40rem;color:var(--tx-soft);font-size:1rem;line-height:1.55}
#top{align-items:flex-start;gap:1rem;margin-bottom:.5rem}
#top>div:first-child{flex:1 1 20rem}
#language{flex:0 0 auto!important;min-width:0!important;width:auto!important}
"""

# Radio groups look like one switch; the fields of gradio stay what they are for keyboards and screen readers.
_SWITCHES = """
#language,#method,#compare,#desk fieldset{border:0!important;background:none!important;box-shadow:none!important;
padding:0!important}
.tx-switch .wrap{gap:0!important;display:inline-flex!important;flex-wrap:wrap;padding:3px!important;border-radius:.7rem;
background:color-mix(in srgb,var(--tx-ink) 7%,transparent)}
.tx-switch .wrap label{
margin:0!important;padding:.38rem .8rem!important;border:0!important;border-radius:.5rem!important;
background:none!important;box-shadow:none!important;color:var(--tx-soft)!important;font-size:.88rem!important;
font-weight:500!important;cursor:pointer}
.tx-switch .wrap label:hover{color:var(--tx-ink)!important}
.tx-switch .wrap label.selected{background:var(--tx-chosen)!important;color:var(--tx-ink)!important;
box-shadow:0 1px 2px rgb(0 0 0/.14)!important}
.tx-switch .wrap label:focus-within{outline:3px solid Highlight;outline-offset:1px}
#method .wrap{order:1}
#method,#compare{display:flex;flex-direction:column;align-items:flex-start}
#method .info-text{order:2;margin:.4rem 0 0!important;color:var(--tx-soft);font-size:.82rem}
.tx-switch .wrap input{position:absolute;opacity:0;width:1px;height:1px;margin:0}
.tx-switch .wrap label span{margin:0!important}
.tx-switch [data-testid=block-info],.tx-field [data-testid=block-info]{margin:0 0 .35rem!important;color:var(--tx-soft);
font-size:.82rem!important;font-weight:500}
"""

_DESK = """
#desk{gap:1rem!important;padding:1.1rem!important;border:1px solid var(--tx-line);border-radius:.9rem;
background:var(--tx-card);box-shadow:0 1px 3px rgb(0 0 0/.05)}
#desk .block{
border:0!important;background:none!important;box-shadow:none!important;padding:0!important;overflow:visible}
#text textarea{padding:.8rem .9rem!important;border:1px solid var(--tx-line)!important;border-radius:.6rem!important;
background:var(--tx-bg)!important;color:var(--tx-ink)!important;font-size:1.06rem!important;line-height:1.6!important}
#text textarea::placeholder{color:var(--tx-soft);opacity:.85}
#examples,#tools{gap:.5rem!important;flex-wrap:wrap!important;align-items:center}
#examples>*,#tools>*{flex:0 1 auto!important;min-width:0!important;width:auto!important}
.tx-caption{font-size:.82rem;font-weight:500;color:var(--tx-soft)}
button.tx-chip{padding:.32rem .75rem!important;border:1px solid var(--tx-line)!important;border-radius:2rem!important;
background:none!important;box-shadow:none!important;color:var(--tx-ink)!important;font-size:.86rem!important;
font-weight:400!important;white-space:normal!important;text-align:start!important;min-height:2rem}
button.tx-chip:hover{border-color:var(--tx-soft)!important}
.tx-drop{position:relative;display:flex;flex-wrap:wrap;gap:.15rem .6rem;align-items:baseline;padding:.65rem .9rem;
border:1.5px dashed var(--tx-line);border-radius:.6rem;color:var(--tx-soft);font-size:.9rem;cursor:pointer}
.tx-drop:hover,.tx-over .tx-drop{border-color:var(--tx-soft);background:color-mix(in srgb,var(--tx-ink) 4%,transparent)}
.tx-drop b{color:var(--tx-ink);font-weight:550;text-decoration:underline;text-underline-offset:.2em}
.tx-drop small{font-size:.82rem}
.tx-drop input{position:absolute;inset:0;width:100%;height:100%;opacity:0;cursor:pointer}
.tx-drop:focus-within{outline:3px solid Highlight;outline-offset:2px}
#file{align-items:flex-end;gap:.75rem!important;flex-wrap:wrap!important}
#file>*{min-width:0!important}
.tx-file{margin:0;padding:.4rem 0;font-size:.92rem}.tx-file b{font-weight:600}.tx-file span{color:var(--tx-soft)}
#options{gap:1.2rem 2rem!important;flex-wrap:wrap!important;align-items:flex-start}
#options>*{flex:0 1 auto!important;min-width:0!important;width:auto!important}
#go{gap:1rem!important;align-items:center;flex-wrap:wrap!important}
#go>*{flex:0 1 auto!important;min-width:0!important;width:auto!important}
#explain{margin-inline:auto 0!important}
button#check{padding:.62rem 1.6rem!important;border:0!important;border-radius:.6rem!important;
background:var(--tx-ink)!important;color:var(--tx-bg)!important;box-shadow:none!important;font-size:1rem!important;
font-weight:600!important;min-width:8rem!important}
button#check:hover{opacity:.88}
.tx-keys{color:var(--tx-soft);font-size:.82rem}.tx-keys kbd{padding:.12em .45em;border:1px solid var(--tx-line);
border-radius:.3em;font:inherit}
#explain label,#saliency label{font-size:.9rem!important;color:var(--tx-ink)!important}
#explain input,#saliency input{width:1.05rem;height:1.05rem;border:1px solid var(--tx-soft)!important}
#explain input:checked,#saliency input:checked{background-color:var(--tx-tick)!important}
#tools{margin:1.2rem 0 0;justify-content:flex-end}
#saliency{margin-inline:0 auto!important}
#tools .block{border:0!important;background:none!important;box-shadow:none!important;padding:0!important}
"""

_RESULTS = """
#results{padding:0!important;border:0!important;background:none!important;overflow:visible!important}
#results h4{margin:0 0 .4rem;font-size:.8rem;font-weight:600;color:var(--tx-soft)}
.tx-empty,.tx-soft,.tx-note{margin:0;color:var(--tx-soft);font-size:.92rem}
.tx-empty{padding:1.6rem 0;text-align:center}
.tx-notice{margin:0;padding:.8rem 1rem;border:1px solid var(--tx-line);border-inline-start:4px solid var(--tx-error);
border-radius:.5rem;background:var(--tx-card);color:var(--tx-ink)}
.tx-counts{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;margin:0 0 .6rem;color:var(--tx-soft);font-size:.95rem}
.tx-counts b{font-variant-numeric:tabular-nums}
.tx-counts .tx-toxic b{color:var(--tx-toxic)}.tx-counts .tx-clean b{color:var(--tx-clean)}
.tx-counts .tx-unread b{color:var(--tx-error)}
ol.tx-list{list-style:none!important;margin:0!important;padding:0!important}
ol.tx-list>li{margin:0 0 .75rem!important;padding-inline-start:0}
.tx-row{display:grid;gap:.75rem;grid-template-columns:minmax(0,1fr)}
@media(min-width:44rem){.tx-wide-2{grid-template-columns:repeat(2,minmax(0,1fr))}}
.tx-card{min-width:0;padding:1rem 1.1rem!important;border:1px solid var(--tx-line);border-radius:.7rem;
background:var(--tx-card);border-inline-start:4px solid var(--tx-clean)}
.tx-card.tx-toxic{border-inline-start-color:var(--tx-toxic)}.tx-card.tx-unread{border-inline-start-color:var(--tx-error)}
.tx-card header{
display:flex;flex-wrap:wrap;gap:.15rem .65rem;align-items:baseline;font-size:.86rem;color:var(--tx-soft)}
.tx-card .tx-label{font-size:1rem;font-weight:650;color:var(--tx-clean)}
.tx-card.tx-toxic .tx-label{color:var(--tx-toxic)}
.tx-card.tx-unread header b{color:var(--tx-error)}.tx-card p{margin:.3rem 0 0}
.tx-score,.tx-value,.tx-card td{font-variant-numeric:tabular-nums}
.tx-source{margin-inline-start:auto}
.tx-text{margin-top:.55rem;font-size:1.12rem;line-height:1.75;max-height:22rem;overflow:auto;border-radius:.3rem}
.tx-text mark{padding:.05em .1em}
.tx-text code{padding:0 .3em;border:1px solid var(--tx-line);border-radius:.25em;color:var(--tx-soft);font-size:.72em;
background:none}
.tx-details{display:grid;gap:1.1rem 2rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,19rem),1fr));
margin-top:1rem;padding-top:.9rem;border-top:1px solid var(--tx-line)}
.tx-details>.tx-saliency,.tx-details>section:only-child{grid-column:1/-1}
.tx-card summary{margin-top:.5rem;font-size:.86rem;color:var(--tx-soft);cursor:pointer}
.tx-part{min-width:0}
ul.tx-bars{list-style:none!important;margin:0!important;padding:0!important;display:grid;gap:.35rem}
ul.tx-bars li{display:grid;grid-template-columns:minmax(3.5rem,max-content) minmax(2rem,1fr) 2.6rem;gap:.6rem;
align-items:center;font-size:.9rem;margin:0!important;padding:0!important}
.tx-name{max-width:11rem}
.tx-bar{height:.55rem;border-radius:1rem;overflow:hidden;background:color-mix(in srgb,var(--tx-ink) 9%,transparent)}
.tx-bar i{display:block;height:100%;border-radius:1rem;background:var(--tx-soft)}
.tx-bars li:first-child .tx-bar i{background:var(--tx-clean)}
.tx-toxic .tx-bars li:first-child .tx-bar i{background:var(--tx-toxic)}
.tx-value{text-align:end}
#results table{width:100%;margin:0!important;border-collapse:collapse;font-size:.9rem;border:0!important}
#results tr,#results th,#results td{border:0!important;background:none!important;color:inherit!important;
padding:.28rem .6rem .28rem 0!important;text-align:start!important;font-weight:400}
#results thead th{color:var(--tx-soft)!important;font-size:.8rem;border-bottom:1px solid var(--tx-line)!important}
#results tbody th{font-weight:600!important}
#results td:last-child,#results thead th:last-child{padding-inline-end:0!important;text-align:end!important}
.tx-sky{display:flex;flex-wrap:wrap;row-gap:.7rem;font-size:.98rem;line-height:1.3}
.tx-sky i{display:flex;flex-direction:column;justify-content:flex-end;align-items:center;min-width:.62em;
height:3.3em;font-style:normal}
.tx-sky i::before{
content:"";width:calc(100% - 1px);height:calc(var(--v)*2.1em);min-height:1px;border-radius:2px 2px 0 0;
background:color-mix(in srgb,rgb(235 150 20) calc(35% + var(--v)*65%),var(--tx-line))}
.tx-sky b{font-weight:400}
body:not(.tx-show-saliency) .tx-saliency{display:none}
body:not(.tx-show-saliency) #results bdi span{box-shadow:none!important}
"""

_SMALL = """
@media(max-width:40rem){
.gradio-container main{padding:1.1rem .8rem 3rem!important}
#desk{padding:.85rem!important}
.tx-source{margin-inline-start:0;flex-basis:100%}
button#check{flex:1 1 100%!important}
.tx-keys{display:none}
#explain{margin-inline:0 auto!important}
}
@media(prefers-reduced-motion:reduce){.gradio-container *{transition:none!important;animation:none!important}}
"""

CSS = _SCHEMES + _FRAME + _SWITCHES + _DESK + _RESULTS + _SMALL
"""The whole style sheet; nothing in it comes from the network."""
