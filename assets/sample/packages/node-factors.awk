# Node factors of the larger constituents, month by month: they follow the lunar node, which takes 18.6 years
# to come round. The usual approximations in the longitude N of the node.
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
    print "# month\tM2\tK1\tO1\tK2"
    for (year = 2020; year < 2040; year++)
        for (month = 1; month <= 12; month++) {
            n = 259.156 - 19.3282 * (year + (month - 0.5) / 12 - 2000)
            c = cosine(n)
            printf "%d-%02d\t%.4f\t%.4f\t%.4f\t%.4f\n", year, month, 1.0004 - 0.0373 * c,
                1.0060 + 0.1150 * c, 1.0089 + 0.1871 * c, 1.0241 + 0.2863 * c
        }
}
