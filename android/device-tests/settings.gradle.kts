pluginManagement {
    repositories {
        google()
        mavenCentral()
        gradlePluginPortal()
    }
}

dependencyResolutionManagement {
    repositories {
        // Made by `cargo xtask package android`.
        maven(url = "../../dist/android")
        google()
        mavenCentral()
    }
}

rootProject.name = "device-tests"
