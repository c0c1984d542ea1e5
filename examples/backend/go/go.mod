module mpac.example/backend

go 1.19
