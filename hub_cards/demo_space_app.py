"""The page of this Space: that of `hf-toxspan demo`."""

from hf_toxspan.demo.page import build_page

MODEL = None
"""Hub id of the model that the page shows; the one inside the package when None."""

build_page(MODEL).launch()
