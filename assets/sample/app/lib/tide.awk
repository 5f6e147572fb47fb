# Turning points of the tide at one harbour over one month.
#   awk -v key=… -v year=… -v month=… -f tide.awk node-factors.tsv stations.tsv
# Writes: day, time, height in metres, high or low.
# The smallest awks come without cos: degrees in, a short series about the nearest half turn.
function cosine(degrees,    turns, x) {
    turns = degrees / 180
    turns = int(turns < 0 ? turns - 0.5 : turns + 0.5)
    x = (degrees - 180 * turns) * 0.0174532925199433
    x = x * x
    x = 1 - x / 2 * (1 - x / 12 * (1 - x / 30 * (1 - x / 56 * (1 - x / 90))))
    return turns % 2 == 0 ? x : -x
}
BEGIN {
    FS = "\t"
    split("28.984104 30.0 28.43973 15.041069 13.943035", speed, " ")
    split("31 28 31 30 31 30 31 31 30 31 30 31", days, " ")
    if (year % 4 == 0) days[2] = 29
    for (m = 1; m < month; m++) before += days[m]
    stamp = sprintf("%d-%02d", year, month)
}
$1 == stamp { factor[1] = factor[3] = $2; factor[2] = 1; factor[4] = $3; factor[5] = $4 }
$1 == key { mean = $3; for (i = 1; i <= 5; i++) { amplitude[i] = $(2 * i + 2) * factor[i]; phase[i] = $(2 * i + 3) } }
function height(minute,    i, sum) {
    sum = mean
    for (i = 1; i <= 5; i++) sum += amplitude[i] * cosine(speed[i] * minute / 60 - phase[i])
    return sum
}
END {
    start = before * 1440; end = start + days[month] * 1440
    a = height(start - 20); b = height(start - 10)
    for (minute = start; minute < end; minute += 10) {
        c = height(minute)
        if ((b > a && b >= c) || (b < a && b <= c)) {
            at = minute - 10 - start; if (at < 0) at = 0
            printf "%d\t%02d:%02d\t%.2f\t%s\n", at / 1440 + 1, at % 1440 / 60, at % 60, b, (b > a ? "high" : "low")
        }
        a = b; b = c
    }
}
