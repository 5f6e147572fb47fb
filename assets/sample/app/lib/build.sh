#!/bin/sh
# Computes and renders every page: public/YEAR/HARBOUR/MONTH.html.
set -eu
names='January February March April May June July August September October November December'
year=$(sed -n 's/^year = //p' tidepool.conf)
mkdir -p cache public
cp /usr/share/markup/style.css public/
sed '/^#/d' data/stations.tsv | cut -f1,2 | while IFS='	' read -r key station; do
    mkdir -p "public/$year/$key"
    month=0
    for name in $names; do
        month=$((month + 1))
        points="cache/$key-$month.tsv"
        awk -v key="$key" -v year="$year" -v month="$month" -f lib/tide.awk \
            /usr/share/harmonics/node-factors.tsv data/stations.tsv > "$points"
        awk -v station="$station" -v month="$name $year" -f lib/render.awk \
            /usr/share/markup/page.html "$points" > "public/$year/$key/$(printf %02d $month).html"
    done
done
# The month that visitors see first.
mkdir public/latest
cp "public/$year"/skerry/12.html public/latest/index.html
cp "public/$year"/lantern/12.html public/latest/lantern.html
ln "public/$year"/skerry/01.html public/index.html
