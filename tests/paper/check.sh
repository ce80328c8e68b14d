#!/bin/sh
# Makes figures for a page of a paper, sets the page, and fails if LaTeX warns of anything. Leaves the page in colour and in
# grey, to be looked at.
#
#   tests/paper/check.sh PROGRAM FOLDER
#
# PROGRAM is a built implicit-bias-lab. Needs pdflatex with pgfplots, pdftoppm and ImageMagick's convert
# (apt install texlive-latex-recommended texlive-pictures poppler-utils imagemagick).
set -eu

if [ $# -ne 2 ]; then
    echo "usage: $0 PROGRAM FOLDER" >&2
    exit 2
fi
for tool in pdflatex pdftoppm convert; do
    if ! command -v "$tool" >/dev/null; then
        echo "$0: $tool is missing; apt install texlive-latex-recommended texlive-pictures poppler-utils imagemagick" >&2
        exit 2
    fi
done
program=$(realpath "$1")
here=$(realpath "$(dirname "$0")")
mkdir -p "$2"
cd "$2"

"$program" figure fig2 --width 3.25in --height 5.6in --force --out fig2.pdf
"$program" figure fig3 --width 6.75in --force --out fig3.pdf
"$program" figure fig2 --panels 3 --width 3.25in --height 2in --y-range 0.05,10 --no-titles --no-legend --tight --force \
    --out panel.pdf
"$program" figure fig2 --force --out fig2.csv

# Two curves of the third plot, for pgfplots: its columns are plot, series, kind, x, y.
for run in GD 'SGD 1'; do
    name=$(echo "$run" | cut -d ' ' -f 1 | tr '[:upper:]' '[:lower:]')
    { echo 'x,y'; grep "^Validation loss,$run,line," fig2.csv | cut -d , -f 4,5; } >"fig2-$name.csv"
    if [ "$(wc -l <"fig2-$name.csv")" -lt 100 ]; then
        echo "$0: fig2.csv has no curve of $run" >&2
        exit 1
    fi
done

cp "$here/page.tex" .
pdflatex -interaction=nonstopmode -halt-on-error page.tex >page.out
pdflatex -interaction=nonstopmode -halt-on-error page.tex >page.out
if grep -nE 'Warning|warning|Overfull|Underfull|Missing character' page.log; then
    echo "$0: LaTeX warns, see above" >&2
    exit 1
fi
pdftoppm -r 150 -png page.pdf page
for page in page-*.png; do
    case $page in *-grey.png) continue ;; esac
    convert "$page" -colorspace Gray "${page%.png}-grey.png"
done
echo "no warnings; look at $(pwd)/page-*.png"
