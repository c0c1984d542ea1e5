plugins {
    id("com.android.application")
    kotlin("android")
}

android {
    namespace = "com.example.cardapp"
    compileSdk = 35

    defaultConfig {
        applicationId = "com.example.cardapp"
        minSdk = 24
        targetSdk = 35
        versionCode = 1
        versionName = "1.0"
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
    implementation("com.mpac:pgw-card-contract:0.1.0")
}
