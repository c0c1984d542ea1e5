plugins {
    id("com.android.application")
    kotlin("android")
}

android {
    namespace = "com.example.till"
    compileSdk = 35

    defaultConfig {
        applicationId = "com.example.till"
        minSdk = 24
        targetSdk = 35
        versionCode = 1
        versionName = "1.0"
        // JNA brings more processors than the SDK has.
        ndk { abiFilters += listOf("arm64-v8a", "armeabi-v7a", "x86_64") }
    }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_11
        targetCompatibility = JavaVersion.VERSION_11
    }
    kotlinOptions {
        jvmTarget = "11"
    }
}

dependencies {
    implementation("com.mpac:pgw-terminal:0.1.0")
}
