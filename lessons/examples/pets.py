# pets.py

class Animal:
    def kind(self):
        return 'animal'

class Pet(Animal):
    def speak(self):
        return 'old sound'
    def twin(self):
        return Pet()
    def child(self):
        return type(self)()
    def short(self):
        return super().kind()
    def long(self):
        return super(Pet, self).kind()
