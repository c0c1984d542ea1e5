pluginManagement {
    repositories {
        google()
        mavenCentral()
    }
}

dependencyResolutionManagement {
    repositories {
        // What `cargo xtask package android` makes.
        maven { url = uri("../../dist/android") }
        google()
        mavenCentral()
    }
}

rootProject.name = "consumer"
include(":app")
