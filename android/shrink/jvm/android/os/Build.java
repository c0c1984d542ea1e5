package android.os;

/** Android's version, for code that runs on a JVM. */
public final class Build {
    private Build() {}

    public static final class VERSION {
        private VERSION() {}

        public static final int SDK_INT = Integer.getInteger("sdk", 24);
    }
}
