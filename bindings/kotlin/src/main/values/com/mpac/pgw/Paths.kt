package com.mpac.pgw

import java.io.File

/** The path, or U+FFFD, which is refused, where it is no Unicode. */
internal val File.unicodePath: String
    get() = if (Charsets.UTF_8.newEncoder().canEncode(path)) path else "\uFFFD"
