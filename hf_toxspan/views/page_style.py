"""The look of the results page: system fonts, light and dark, from a phone's width up."""

# The counts are known at the end of a stream and wanted at its top: `order` lifts them. The three radio buttons filter
# by sibling selectors, so that arrow keys work and no script is needed. `content-visibility` keeps a page of many
# thousand cards quick, since only the cards on the screen are laid out.
STYLE = """
:root{color-scheme:light dark;--bg:#f5f5f3;--card:#fff;--ink:#1c1d20;--soft:#63666d;--line:#dcdcd8;--toxic:#b3261e;
--clean:#2e6b45;--error:#8a5a00;--on:#fff}
@media(prefers-color-scheme:dark){:root{--bg:#141518;--card:#1d1f24;--ink:#e9e9ea;--soft:#9b9ea6;--line:#33363d;
--toxic:#ff8a80;--clean:#7fcf9b;--error:#e8b54a;--on:#141518}}
*{box-sizing:border-box}
body{display:flex;flex-flow:row wrap;gap:.5rem;align-items:baseline;max-width:52rem;margin:0 auto;
padding:1.5rem 1rem 4rem;background:var(--bg);color:var(--ink);font:1rem/1.6 system-ui,sans-serif}
h1{order:-2;flex:0 0 100%;margin:0;font-size:1.4rem;line-height:1.3;overflow-wrap:anywhere}
#counts{order:-1;flex:1 1 auto;margin:0;color:var(--soft)}
#counts b{color:var(--ink);font-variant-numeric:tabular-nums}
input{position:absolute;opacity:0}
label{padding:.25rem .8rem;border:1px solid var(--line);border-radius:2rem;background:var(--card);cursor:pointer;
font-size:.9rem}
input:checked+label{background:var(--ink);border-color:var(--ink);color:var(--bg)}
input:focus-visible+label{outline:3px solid Highlight;outline-offset:2px}
main{flex:0 0 100%;min-width:0;margin-top:.5rem}
main:empty::after,main:not(:has(article))::after{content:"No results.";color:var(--soft)}
article{margin:0 0 .75rem;padding:.75rem 1rem;border:1px solid var(--line);border-inline-start:4px solid var(--clean);
border-radius:.5rem;background:var(--card);content-visibility:auto;contain-intrinsic-size:auto 6rem}
article.toxic{border-inline-start-color:var(--toxic)}
article.error,article.undecided{border-inline-start-color:var(--error)}
article.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));gap:.75rem 1.5rem}
article header{display:flex;flex-wrap:wrap;gap:.6rem;align-items:center;font-size:.85rem;color:var(--soft)}
header b{color:var(--clean);overflow-wrap:anywhere}
.toxic:not(.pair) header b{color:var(--toxic)}
.error:not(.pair) header b,.undecided:not(.pair) header b{color:var(--error)}
section{min-width:0}
section>small{color:var(--soft);overflow-wrap:anywhere}
header span{font-variant-numeric:tabular-nums}
header small{margin-inline-start:auto;overflow-wrap:anywhere}
article p{margin:.3rem 0 0;overflow-wrap:anywhere}
article bdi{display:block}
code{padding:0 .3em;border:1px solid var(--line);border-radius:.25em;color:var(--soft);font-size:.75em}
#show-toxic:checked~main article:not(.toxic),#show-clean:checked~main article:not(.clean){display:none}
@media(max-width:30rem){#counts{flex-basis:100%}}
@media print{input,label{display:none}article{break-inside:avoid}}
"""
