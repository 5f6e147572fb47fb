# Turning points on standard input, a page on standard output.
#   awk -v station=… -v month=… -f render.awk page.html points
FNR == NR { page[++lines] = $0; next }
$1 != day { row = row (day ? "</tr>\n" : "") "<tr><th scope=\"row\">" $1 " " month "</th>"; day = $1 }
{ row = row "<td class=\"" $4 "\">" $2 "</td><td class=\"" $4 "\">" $3 " m</td>" }
END {
    for (i = 1; i <= lines; i++) {
        line = page[i]
        gsub(/@station@/, station, line); gsub(/@month@/, month, line)
        if (line == "@rows@") line = row "</tr>"
        print line
    }
}
