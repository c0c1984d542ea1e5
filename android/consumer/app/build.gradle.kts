plugins {
    id("com.android.application")
    id("org.jetbrains.kotlin.android")
}

android {
    namespace = "com.example.consumer"
    compileSdk = 35

    defaultConfig {
        applicationId = "com.example.consumer"
        minSdk = 24
        targetSdk = 35
        versionCode = 1
        versionName = "1.0"
        // JNA brings more processors than the SDK has.
        ndk { abiFilters += listOf("arm64-v8a", "armeabi-v7a", "x86_64") }
    }

    buildTypes {
        release {
            isMinifyEnabled = true
            proguardFiles(getDefaultProguardFile("proguard-android-optimize.txt"))
            signingConfig = signingConfigs.getByName("debug")
        }
    }
}

kotlin {
    jvmToolchain(17)
}

dependencies {
    implementation("com.mpac:pgw-terminal:0.1.0")
    implementation("com.mpac:pgw-card-contract:0.1.0")
}
