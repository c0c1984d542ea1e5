plugins {
    id("com.android.application") version "8.9.1"
    kotlin("android") version "2.1.21"
}

android {
    namespace = "com.mpac.pgw.device"
    compileSdk = 35

    defaultConfig {
        applicationId = "com.mpac.pgw.device"
        minSdk = 24
        targetSdk = 35
        versionCode = 1
        versionName = "1.0"
        // JNA brings more processors than the SDK has.
        ndk { abiFilters += listOf("arm64-v8a", "armeabi-v7a", "x86_64") }
        testInstrumentationRunner = "androidx.test.runner.AndroidJUnitRunner"
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

    androidTestImplementation("junit:junit:4.13.2")
    androidTestImplementation("androidx.test:runner:1.7.0")
}
