# pets.py

class Animal:
    def kind(self):
        return 'animal'

class Pet(Animal):
    def speak(self):
        return 'old sound'

    def friend(self):
        return Pet()

    def twin(self):
        return type(self)()

    def short_super(self):
        return super().kind()

    def long_super(self):
        return super(Pet, self).kind()
